"""What users and baskets hold at a level of the product tree."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def lines_at(baskets: DataFrame, items: DataFrame, level: str) -> DataFrame:
    """basket_id, user_id and item; of another level than item an item may repeat. Unknown ones are left out."""
    lines = baskets.select("basket_id", "user_id", F.explode("items").alias("item_id"))
    if level == "item":
        return lines.withColumnRenamed("item_id", "item")
    # One item has one row in silver.items: lines are not multiplied.
    member = items.where(F.col(level).isNotNull()).select("item_id", F.col(level).alias("item"))
    return lines.join(member, on="item_id", how="inner").select("basket_id", "user_id", "item")


def baskets_at(baskets: DataFrame, items: DataFrame, level: str) -> DataFrame:
    """user_id and the distinct items of each basket."""
    if level == "item":
        return baskets.select("user_id", "items")
    members = lines_at(baskets, items, level).groupBy("basket_id", "user_id")
    return members.agg(F.collect_set("item").alias("items")).select("user_id", "items")
