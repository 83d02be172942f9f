"""What is forecast: the units of each level, and the items that are left out."""

from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.demand.settings import DemandSettings

EVERYWHERE = "all"
UNIT = ("level", "unit_id", "store_id")
KINDS = {"item_id": "items", "type": "types", "category": "categories", "department": "departments"}
BY_VOLUME = "max_mean_quantity"


class Wanted(NamedTuple):
    """`sold`: silver.lines (item_id, type, store_id, sold_on, quantity, amount) of what is forecast; `ruled`: item_id,
    type, quantity and rule of each item with a line, key item_id: the setting that leaves it out, null where none does.
    """

    sold: DataFrame
    ruled: DataFrame

    @property
    def left_out(self) -> DataFrame:
        """The rows of `ruled` that a setting leaves out."""
        return self.ruled.where(F.col("rule").isNotNull())


def wanted(lines: DataFrame, items: DataFrame, settings: DemandSettings) -> Wanted:
    """The lines of the items that no setting leaves out; an item that silver.items does not know has no type."""
    # One row an item in silver.items: lines are not multiplied.
    known = items.select(*KINDS)
    totals = (
        lines.where("quantity > 0")
        .groupBy("item_id")
        .agg(F.sum("quantity").alias("quantity"), F.count(F.lit(1)).alias("n"))
    )
    ruled = totals.join(known, on="item_id", how="left").withColumn("rule", _rule(settings)).persist()
    kept = ruled.where(F.col("rule").isNull()).select("item_id", "type")
    sold = lines.join(kept, on="item_id", how="inner")
    return Wanted(
        sold.select("item_id", "type", "store_id", "sold_on", "quantity", "amount"),
        ruled.select("item_id", "type", "rule", "quantity"),
    )


def unit_columns(level: str) -> list[Column]:
    """level, unit_id and store_id of rows with item_id, type and store_id."""
    unit = F.col("item_id" if level == "item" else "type")
    store = F.col("store_id") if level == "type_store" else F.lit(EVERYWHERE)
    return [F.lit(level).alias("level"), unit.alias("unit_id"), store.alias("store_id")]


def _rule(settings: DemandSettings) -> Column:
    """The first setting that leaves an item out, else null. A type sold by volume is left out with all its items."""
    rules = [
        F.when(F.col(column).isin(*names), F.lit(f"exclude_{kind}"))
        for column, kind in KINDS.items()
        if (names := getattr(settings, f"exclude_{kind}"))
    ]
    if settings.max_mean_quantity is not None:
        of_type = Window.partitionBy("type")
        by_type = F.sum("quantity").over(of_type) / F.sum("n").over(of_type)
        is_typed = F.col("type").isNotNull() & (by_type > settings.max_mean_quantity)
        is_volume = is_typed | (F.col("quantity") / F.col("n") > settings.max_mean_quantity)
        rules.append(F.when(is_volume, F.lit(BY_VOLUME)))
    return F.coalesce(*rules) if rules else F.lit(None).cast("string")
