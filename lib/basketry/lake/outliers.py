"""Lines whose price or quantity is far from what their item usually has."""

from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

FEWEST_LINES = 10
IQR_OF_A_NORMAL = 1.349
LEAST_SPREAD_OF_PRICE = 0.1  # of the median price: a price that hardly ever moves has hardly any spread of its own
LEAST_SPREAD_OF_QUANTITY = 1.0  # a piece
QUARTILES = (0.25, 0.5, 0.75)


class _Measured(NamedTuple):
    name: str
    value: Column
    least_spread: Column


def usual_values(lines: DataFrame) -> DataFrame:
    """Median and spread of price and quantity of every item with at least FEWEST_LINES lines. Key item_id.

    The spread is the interquartile range over 1.349, an estimate of the standard deviation that outliers do not move
    (Rousseeuw & Croux 1993), but never less than LEAST_SPREAD_OF_PRICE or LEAST_SPREAD_OF_QUANTITY.
    """
    # Values repeat: counted first, few are left for the percentiles, which Spark keeps as objects.
    values = lines.where(F.col("quantity") > 0).groupBy("item_id", "quantity", "amount").count()
    quartiles = [
        F.percentile(m.value, F.array(*map(F.lit, QUARTILES)), F.col("count")).alias(f"{m.name}_at")
        for m in _measured()
    ]
    found = values.groupBy("item_id").agg(F.sum("count").alias("n"), *quartiles).where(F.col("n") >= FEWEST_LINES)
    medians = found.withColumns({f"{m.name}_median": F.col(f"{m.name}_at")[1] for m in _measured()})
    return medians.select("item_id", *(column for m in _measured() for column in (f"{m.name}_median", _spread(m))))


def is_outlier(z: float) -> Column:
    """Of lines joined with usual_values: whether price or quantity is more than `z` spreads from the median."""
    price, quantity = (F.abs(m.value - F.col(f"{m.name}_median")) > z * F.col(f"{m.name}_spread") for m in _measured())
    return F.coalesce(price | quantity, F.lit(False))


def _measured() -> tuple[_Measured, _Measured]:
    # Of doubles, which Spark divides in registers; decimals are objects there.
    price = F.col("amount").cast("double") / F.col("quantity")
    return (
        _Measured("price", price, F.col("price_median") * LEAST_SPREAD_OF_PRICE),
        _Measured("quantity", F.col("quantity").cast("double"), F.lit(LEAST_SPREAD_OF_QUANTITY)),
    )


def _spread(measured: _Measured) -> Column:
    at = F.col(f"{measured.name}_at")
    return F.greatest((at[2] - at[0]) / IQR_OF_A_NORMAL, measured.least_spread).alias(f"{measured.name}_spread")
