"""Which days are mined, and which later ones tell whether what was found repeats."""

from datetime import timedelta
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


class Periods(NamedTuple):
    """Baskets to mine, and the later ones that tell whether what was found repeats; None when there are too few."""

    mined: DataFrame
    holdout: DataFrame | None


def split(baskets: DataFrame, holdout_days: int, weeks: int | None = None) -> Periods:
    """The last `holdout_days` set apart, when at least three times as many days come before them; of the rest the last
    `weeks`, or all.
    """
    first, last = baskets.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    if not holdout_days or first is None or (last - first).days + 1 < 4 * holdout_days:
        return Periods(last_weeks(baskets, weeks), None)
    cut = F.lit(last - timedelta(days=holdout_days))
    return Periods(last_weeks(baskets.where(F.col("sold_on") <= cut), weeks), baskets.where(F.col("sold_on") > cut))


def last_weeks(baskets: DataFrame, weeks: int | None) -> DataFrame:
    """The baskets of the last 7 x `weeks` days with any; all without `weeks`."""
    last = baskets.agg(F.max("sold_on")).collect()[0][0] if weeks else None
    return baskets if last is None else baskets.where(F.col("sold_on") > F.lit(last - timedelta(weeks=weeks or 0)))
