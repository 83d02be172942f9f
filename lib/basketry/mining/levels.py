"""Baskets at a level of the product tree: items, or the types, categories or departments they belong to."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.strata import stratum


def at_level(baskets: DataFrame, items: DataFrame, level: str) -> DataFrame:
    """Baskets (basket_id, user_id, sold_on, items, stratum) of what their items are at `level`.

    An item whose level is unknown is left out; a basket without any known one too. One level at a time, so no
    itemset or rule ever holds an item beside its own ancestor.
    """
    return _lifted(baskets, items, level).select(
        "basket_id", "user_id", "sold_on", "items", stratum(F.size("items")).alias("stratum")
    )


def _lifted(baskets: DataFrame, items: DataFrame, level: str) -> DataFrame:
    if level == "item":
        return baskets
    known = items.where(F.col(level).isNotNull()).select("item_id", F.col(level).alias("member"))
    lines = baskets.select("basket_id", F.explode("items").alias("item_id"))
    # One item has one row in silver.items: lines are not multiplied.
    members = lines.join(known, on="item_id", how="inner").groupBy("basket_id")
    lifted = members.agg(F.array_sort(F.collect_set("member")).alias("items"))
    return baskets.drop("items").join(lifted, on="basket_id", how="inner")
