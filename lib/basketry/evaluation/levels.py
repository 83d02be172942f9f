"""Purchases told by product type, category or department in place of item: how well models know a shop's aisles."""

from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class Levelled(NamedTuple):
    """baskets, interactions and items whose item_id names a value of the level."""

    baskets: DataFrame
    interactions: DataFrame
    items: DataFrame


def at_level(baskets: DataFrame, items: DataFrame, level: str) -> Levelled:
    """The purchases by the value of column `level` of silver.items; items without one, and baskets of them, drop."""
    named = items.where(F.col(level).isNotNull()).select("item_id", "item_index", F.col(level).alias("value"))
    lines = (
        baskets.select("basket_id", "user_id", "sold_on", F.explode("items").alias("item_id"))
        .join(F.broadcast(named.select("item_id", "value")), on="item_id", how="inner")
        .select("basket_id", "user_id", "sold_on", F.col("value").alias("item_id"))
        .distinct()
    )
    held = F.sort_array(F.collect_list("item_id")).alias("items")
    days = lines.where(F.col("user_id").isNotNull()).groupBy("user_id", "item_id", "sold_on")
    return Levelled(
        lines.groupBy("basket_id", "user_id", "sold_on").agg(held),
        days.agg(F.count("*").cast("int").alias("n_baskets")),
        named.groupBy(F.col("value").alias("item_id")).agg(F.min("item_index").alias("item_index")),
    )
