"""Purchases told by product type, category or department in place of item: how well models know a shop's aisles."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def interactions_of(baskets: DataFrame) -> DataFrame:
    """(user_id, item_id, sold_on, n_baskets) of baskets told by a level; those of nobody drop."""
    lines = baskets.where(F.col("user_id").isNotNull()).select(
        "user_id", F.explode("items").alias("item_id"), "sold_on"
    )
    return lines.groupBy("user_id", "item_id", "sold_on").agg(F.count("*").cast("int").alias("n_baskets"))


def items_at(items: DataFrame, level: str) -> DataFrame:
    """(item_id, item_index, category): the values of column `level` of silver.items, each with the least index and the
    first category, by name, of its items.
    """
    named = items.where(F.col(level).isNotNull())
    return named.groupBy(F.col(level).alias("item_id")).agg(
        F.min("item_index").alias("item_index"), F.min("category").alias("category")
    )
