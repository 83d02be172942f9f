"""What the same user buys from in the days after a basket, as a label of the basket."""

from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.stream import NO_LABEL
from basketry.errors import ContractError


class Labels(NamedTuple):
    """(basket_id, label) of every basket, NO_LABEL where it has none; labels are numbered from 0, `n` of them."""

    of_baskets: DataFrame
    n: int


def labels_of(baskets: DataFrame, items: DataFrame, settings: EmbeddingSettings) -> Labels:
    """Of each basket one of the values of `next_level` that the same user buys from in the `next_days` after its day,
    drawn by a hash of both; numbered by name.

    None where those days run past the last day of all: what is bought in them is known in part only. Bounded by the
    driver: all values. Raises ContractError when no item has one.
    """
    names = _names(items, settings.next_level)
    later = _later(baskets, _numbered(items, settings.next_level, names), settings.next_days)
    last = baskets.agg(F.max("sold_on").alias("last"))
    is_whole = F.date_add("sold_on", settings.next_days) <= F.col("last")
    label = F.coalesce(F.when(is_whole, _drawn()), F.lit(NO_LABEL)).alias("label")
    dated = baskets.select("basket_id", "user_id", "sold_on").crossJoin(F.broadcast(last))
    told = dated.join(later, on=["user_id", "sold_on"], how="left").select("basket_id", label)
    return Labels(told, len(names))


def _names(items: DataFrame, level: str) -> list[str]:
    found = items.select(level).distinct().dropna().collect() if level in items.columns else []
    if not found:
        raise ContractError(
            f"silver.items: no item has a {level}, which embeddings.next_weight needs; give a product table, another "
            "embeddings.next_level, or set embeddings.next_weight to 0"
        )
    return sorted(row[0] for row in found)


def _numbered(items: DataFrame, level: str, names: list[str]) -> DataFrame:
    """(item_id, label) of the items whose value is known."""
    numbers = pa.table({level: names, "label": pa.array(range(len(names)), pa.int32())})
    numbered = F.broadcast(items.sparkSession.createDataFrame(numbers))
    return items.select("item_id", level).join(numbered, on=level, how="inner").select("item_id", "label")


def _later(baskets: DataFrame, labels: DataFrame, days: int) -> DataFrame:
    """(user_id, sold_on, later): the labels, each once, that a user buys in the `days` after one on which they buy."""
    lines = baskets.where(F.col("user_id").isNotNull()).select(
        "user_id", "sold_on", F.explode("items").alias("item_id")
    )
    # A day of items of no known label counts too: its baskets may have one.
    by_day = lines.join(labels, on="item_id", how="left").groupBy("user_id", "sold_on")
    ahead = Window.partitionBy("user_id").orderBy(F.unix_date("sold_on")).rangeBetween(1, days)
    bought = F.flatten(F.collect_list("labels").over(ahead))
    told = by_day.agg(F.collect_set("label").alias("labels"))
    return told.select("user_id", "sold_on", F.array_distinct(bought).alias("later"))


def _drawn() -> Column:
    """One of the labels `later`, each as likely as the others; null of none."""

    def placed(label: Column) -> Column:
        return F.struct(F.xxhash64(F.lit("next"), "basket_id", label).alias("place"), label.alias("label"))

    return F.array_min(F.transform("later", placed)).getField("label")
