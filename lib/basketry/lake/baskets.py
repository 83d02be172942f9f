"""Lines gathered into baskets and interactions."""

from typing import NamedTuple

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.lake.settings import BasketSettings
from basketry.tables import BASKETS, INTERACTIONS, OVERSIZE_BASKETS


class Baskets(NamedTuple):
    """silver.baskets, silver.oversize_baskets, silver.interactions."""

    baskets: DataFrame
    oversize: DataFrame
    interactions: DataFrame


def build_baskets(lines: DataFrame, items: DataFrame, settings: BasketSettings, time_zone: str) -> Baskets:
    """Baskets of merchandise, one row a checkout; interactions of the same baskets, one row a user, item and day."""
    bought = _bought(_merchandise(lines, items, settings.excluded_departments)).persist(StorageLevel.MEMORY_AND_DISK)
    every = _gathered(bought, time_zone).persist(StorageLevel.MEMORY_AND_DISK)
    is_oversize = F.col("n_items") > settings.max_items
    kept, oversize = every.where(~is_oversize), every.where(is_oversize).select(*OVERSIZE_BASKETS.column_names)
    flagged = kept.withColumn("is_near_duplicate", _is_near_duplicate(settings.near_duplicate_minutes))
    return Baskets(flagged.select(*BASKETS.column_names), oversize, _interactions(bought, kept))


def _merchandise(lines: DataFrame, items: DataFrame, excluded: tuple[str, ...]) -> DataFrame:
    is_excluded = F.lower("department").isin([name.lower() for name in excluded])
    return lines.where(F.col("quantity") > 0).join(items.where(is_excluded).select("item_id"), "item_id", "left_anti")


def _bought(lines: DataFrame) -> DataFrame:
    """One row a basket and item. A basket that names two users or stores counts for the first in order."""
    return lines.groupBy("basket_id", "item_id").agg(
        F.min("user_id").alias("user_id"),
        F.min("store_id").alias("store_id"),
        F.min("sold_at").alias("sold_at"),
        F.sum("quantity").alias("quantity"),
    )


def _gathered(bought: DataFrame, time_zone: str) -> DataFrame:
    baskets = bought.groupBy("basket_id").agg(
        F.min("user_id").alias("user_id"),
        F.min("store_id").alias("store_id"),
        F.min("sold_at").alias("sold_at"),
        F.sort_array(F.collect_list("item_id")).alias("items"),
    )
    sold_on = F.to_date(F.from_utc_timestamp("sold_at", time_zone))
    return baskets.withColumn("sold_on", sold_on).withColumn("n_items", F.size("items"))


def _is_near_duplicate(minutes: int) -> Column:
    """Whether the user's basket before it of the same items and store is at most so many minutes older."""
    if not minutes:
        return F.lit(False)
    same = Window.partitionBy("user_id", "store_id", "items").orderBy("sold_at", "basket_id")
    since = F.unix_micros("sold_at") - F.unix_micros(F.lag("sold_at").over(same))
    return F.coalesce(F.col("user_id").isNotNull() & (since <= minutes * 60_000_000), F.lit(False))


def _interactions(bought: DataFrame, baskets: DataFrame) -> DataFrame:
    whose = baskets.where(F.col("user_id").isNotNull()).select("basket_id", "user_id", "sold_on")
    pieces = bought.select("basket_id", "item_id", "quantity").join(whose, "basket_id", "inner")
    days = pieces.groupBy("user_id", "item_id", "sold_on").agg(
        F.count("*").cast("int").alias("n_baskets"), F.sum("quantity").alias("quantity")
    )
    return days.select(*INTERACTIONS.column_names)
