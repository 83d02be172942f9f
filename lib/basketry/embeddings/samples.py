"""Baskets as files of item indexes, one a logical shard: what the workers read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import COUNTS, holdout_name, shard_name
from basketry.embeddings.stream import NO_LABEL
from basketry.errors import ContractError

ROW_GROUP = 8192
# Packs of each shard that are validated on, at every row of the log: by the defaults 16,000 left-out items.
HOLDOUT_PACKS = 2


def set_apart(baskets: DataFrame, settings: EmbeddingSettings) -> tuple[DataFrame, DataFrame]:
    """Baskets to learn from, and to validate on, `validation_share` of all; which is which lies in the basket's id."""
    place = F.pmod(F.xxhash64(F.lit("validation"), "basket_id"), F.lit(1_000_000))
    is_watched = place < round(settings.validation_share * 1_000_000)
    return baskets.where(~is_watched), baskets.where(is_watched)


def vocabulary(baskets: DataFrame, min_count: int) -> list[tuple[str, int]]:
    """Items of at least `min_count` baskets with that count, most frequent first, ties by id.

    Raises ContractError when fewer than two items are left.
    """
    counts = baskets.select(F.explode("items").alias("item_id")).groupBy("item_id").count()
    rows = counts.where(F.col("count") >= min_count).orderBy(F.desc("count"), "item_id").collect()
    if len(rows) < 2:
        raise ContractError(
            f"silver.baskets: {len(rows)} item(s) in at least {min_count} baskets, 2 are needed to train; "
            "lower embeddings.min_count or give more baskets"
        )
    return [(row["item_id"], row["count"]) for row in rows]


def write_samples(
    baskets: DataFrame,
    items: list[tuple[str, int]],
    settings: EmbeddingSettings,
    folder: Path,
    labels: DataFrame | None = None,
) -> int:
    """Write each logical shard's baskets of two or more known items to `folder`; gives the number of items in them.

    Baskets longer than a pack are cut into packs, each with the label of its basket if `labels` (basket_id, label) are
    given. Bounded by the driver: 4 bytes an item bought.
    Raises ContractError when a shard would stay empty, or no basket has a label.
    """
    table = _indexed(baskets, [item for item, _ in items], settings, labels).toArrow()
    if labels is not None:
        _refuse_no_label(table, settings)
    np.save(folder / COUNTS, np.array([count for _, count in items], np.int64), allow_pickle=False)
    for shard, rows in enumerate(_by_shard(table, settings.shards)):
        if rows.num_rows == 0:
            raise ContractError(
                f"silver.baskets: {table.num_rows} basket(s) of two or more known items do not fill "
                f"embeddings.shards = {settings.shards}; lower it or embeddings.min_count"
            )
        pq.write_table(rows, folder / shard_name(shard), row_group_size=ROW_GROUP)
    return int(sum(len(chunk.values) for chunk in table.column("items").chunks))


def _refuse_no_label(table: pa.Table, settings: EmbeddingSettings) -> None:
    if table.num_rows and pc.max(table.column("label")).as_py() == NO_LABEL:
        raise ContractError(
            f"silver.baskets: of {table.num_rows} basket(s) none has a next purchase by the same user in "
            f"embeddings.next_days = {settings.next_days} that the data hold whole; change it, or set "
            "embeddings.next_weight to 0"
        )


def write_holdout(
    holdout: DataFrame, items: list[tuple[str, int]], settings: EmbeddingSettings, seed: int, folder: Path
) -> None:
    """Write the baskets that each logical shard validates on: of those of two or more known items a seeded sample that
    fills HOLDOUT_PACKS packs. A shard may have none.
    """
    table = _indexed(holdout, [item for item, _ in items], settings).toArrow()
    for shard, rows in enumerate(_by_shard(table, settings.shards)):
        drawn = rows.take(np.random.default_rng([seed, shard]).permutation(rows.num_rows))
        ends = np.cumsum(pc.list_value_length(drawn.column("items")).to_numpy())
        fitting = int(np.searchsorted(ends, HOLDOUT_PACKS * settings.slots, side="right"))
        pq.write_table(drawn.slice(0, fitting), folder / holdout_name(shard))


def _by_shard(table: pa.Table, shards: int) -> Iterator[pa.Table]:
    """Each shard's rows without its number, in the table's order."""
    shard_of = table.column("shard").to_numpy()
    for shard in range(shards):
        yield table.filter(pa.array(shard_of == shard)).drop_columns(["shard"])


def _indexed(
    baskets: DataFrame, items: list[str], settings: EmbeddingSettings, labels: DataFrame | None = None
) -> DataFrame:
    """shard, items (indexes, sorted), with `labels` label, of each piece of a basket, in an order that partitions do
    not change.
    """
    spark = baskets.sparkSession
    known = spark.createDataFrame(pa.table({"item_id": items, "index": pa.array(range(len(items)), pa.int32())}))
    bought = baskets.select("basket_id", F.explode("items").alias("item_id"))
    indexed = (
        bought.join(F.broadcast(known), on="item_id", how="inner")
        .groupBy("basket_id")
        .agg(F.array_sort(F.collect_list("index")).alias("indexes"))
    )
    starts = F.sequence(F.lit(1), F.size("indexes"), F.lit(settings.slots))
    pieces = F.transform(starts, lambda at: F.slice("indexes", at, settings.slots))
    shard = F.pmod(F.xxhash64("basket_id"), F.lit(settings.shards)).cast("int")
    cut = indexed.select("basket_id", shard.alias("shard"), F.posexplode(pieces).alias("piece", "items"))
    told = cut.where(F.size("items") > 1)
    if labels is not None:
        told = told.join(labels, on="basket_id", how="inner")
    return told.orderBy("shard", "basket_id", "piece").drop("basket_id", "piece")
