"""Baskets as files of item indexes, one a logical shard: what the workers read."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.stream import NO_LABEL
from basketry.errors import ContractError

COUNTS, FEATURES = "counts.npy", "features.npy"
TYPES, GIVEN = "types.npy", "given.npy"
START, FROZEN = "start.npy", "frozen.npy"
ROW_GROUP = 8192
# Packs of each shard that are validated on, at every row of the log: by the defaults 16,000 left-out items.
HOLDOUT_PACKS = 2


@dataclass(frozen=True)
class Spec:
    """All a worker needs to know; plain values. `n_tokens` counts the items of all baskets.

    `validates`: the folder also holds baskets of a holdout. `checkpoints`: the folder for those of this training,
    `identity`, if any are kept; `resume`: the manifest of the one to go on from. `n_features`: what items have features
    of, none when 0. `is_warm`: the folder holds what to start from. `n_labels`: what next purchases are told by, 0 when
    that is not learnt. `n_given`: length of the vectors the user gives.
    """

    folder: str
    n_items: int
    n_tokens: int
    seed: int
    settings: EmbeddingSettings
    validates: bool = False
    checkpoints: str | None = None
    identity: str = ""
    resume: str | None = None
    n_features: int = 0
    is_warm: bool = False
    n_labels: int = 0
    n_given: int = 0

    @property
    def slots_per_step(self) -> int:
        return self.settings.shards * self.settings.slots

    @property
    def n_steps(self) -> int:
        """Steps that fill as many slots as `epochs` passes have items."""
        return math.ceil(self.settings.epochs * self.n_tokens / self.slots_per_step)

    @property
    def n_rows(self) -> int:
        """Of the table: the items, then the labels, then the features, then the projection of given vectors."""
        return self.n_items + self.n_labels + self.n_features + self.n_given

    @property
    def counts(self) -> NDArray[np.int64]:
        """[items] baskets that hold each item, most frequent first."""
        return cast(NDArray[np.int64], np.load(self.path(COUNTS), allow_pickle=False))

    @property
    def features(self) -> NDArray[np.int32]:
        """[items + labels, width] numbers of their features, negative ones none; a label has none."""
        if not self.n_features:
            return np.empty((self.n_items + self.n_labels, 0), np.int32)
        found: NDArray[np.int32] = np.load(self.path(FEATURES), allow_pickle=False)
        return np.pad(found, ((0, self.n_labels), (0, 0)), constant_values=-1)

    @property
    def types(self) -> NDArray[np.int32] | None:
        """[items] number of each one's type, negative for none; None when none are swapped."""
        return np.load(self.path(TYPES), allow_pickle=False) if self.settings.swap else None

    @property
    def given(self) -> NDArray[np.float32] | None:
        """[items + labels, n_given] vectors that the user gives, zeros where an item has none, as a label; None when
        nothing is given.
        """
        if not self.n_given:
            return None
        return np.pad(np.load(self.path(GIVEN), allow_pickle=False), ((0, self.n_labels), (0, 0)))

    @property
    def start(self) -> NDArray[np.float32] | None:
        """[n_rows, 2 dim + 1] to start from, NaN where a number is drawn; on disk until it is used."""
        return np.load(self.path(START), mmap_mode="r", allow_pickle=False) if self.is_warm else None

    @property
    def frozen(self) -> NDArray[np.bool_] | None:
        """[n_rows] rows that never move; None when all may."""
        is_any = self.is_warm and self.settings.freeze == "known"
        return np.load(self.path(FROZEN), allow_pickle=False) if is_any else None

    def shard_file(self, shard: int) -> Path:
        return self.path(shard_name(shard))

    def holdout_file(self, shard: int) -> Path:
        return self.path(holdout_name(shard))

    def path(self, name: str) -> Path:
        return Path(self.folder) / name

    def save(self) -> Path:
        """Write the file a worker starts from."""
        plain = {**vars(self), "settings": self.settings.model_dump(mode="json")}
        self.path("spec.json").write_text(json.dumps(plain), encoding="utf-8")
        return self.path("spec.json")


def load_spec(path: str) -> Spec:
    plain = json.loads(Path(path).read_text(encoding="utf-8"))
    return Spec(**{**plain, "settings": EmbeddingSettings.model_validate(plain["settings"])})


def shard_name(shard: int) -> str:
    return f"baskets-{shard:05d}.parquet"


def holdout_name(shard: int) -> str:
    return f"holdout-{shard:05d}.parquet"


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
