"""Sales of whole weeks at every level: rows of gold.weekly_sales."""

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.demand.settings import DemandSettings
from basketry.demand.stock import masked
from basketry.demand.units import UNIT, unit_columns
from basketry.demand.weeks import Weeks, week_of


def weekly_sales(sold: DataFrame, weeks: Weeks, settings: DemandSettings) -> DataFrame:
    """Rows of gold.weekly_sales; key level, unit_id, store_id, week_on.

    `sold`: lines of the items that are forecast, with their type (see units.py).
    """
    by_week = by_weeks(sold, weeks).persist()
    return masked(sales_of(by_week, settings), by_week, weeks, settings)


def by_weeks(sold: DataFrame, weeks: Weeks) -> DataFrame:
    """What was sold in these weeks: item_id, type, store_id, week_on, quantity, amount."""
    known = sold.where((F.col("quantity") > 0) & weeks.hold("sold_on"))
    return known.select("item_id", "type", "store_id", week_of("sold_on").alias("week_on"), "quantity", "amount")


def sales_of(by_week: DataFrame, settings: DemandSettings) -> DataFrame:
    """Sums of each level's units by week; key level, unit_id, store_id, week_on."""
    return reduce(DataFrame.unionByName, [_at_level(by_week, level) for level in settings.levels])


def _at_level(by_week: DataFrame, level: str) -> DataFrame:
    units = by_week.select(*unit_columns(level), "week_on", "quantity", "amount").dropna(subset=["unit_id", "store_id"])
    return units.groupBy(*UNIT, "week_on").agg(
        F.sum("quantity").cast("bigint").alias("quantity"), F.sum("amount").cast("decimal(12,2)").alias("amount")
    )
