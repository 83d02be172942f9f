"""Which days are mined, and which later ones tell whether what was found repeats."""

from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


class Periods(NamedTuple):
    """Baskets to mine, and the later ones that tell whether what was found repeats; None when there are too few."""

    mined: DataFrame
    holdout: DataFrame | None


class Days(NamedTuple):
    """The days mined: those after `after` and up to `until`; None: no bound on that side."""

    after: date | None = None
    until: date | None = None

    def hold(self, day: Column) -> Column:
        """Whether the day is one of them."""
        inside = F.lit(True)
        if self.after:
            inside &= day > F.lit(self.after)
        if self.until:
            inside &= day <= F.lit(self.until)
        return inside


def split(baskets: DataFrame, holdout_days: int, weeks: int | None = None) -> Periods:
    """The last `holdout_days` set apart, when at least three times as many days come before them; of the rest the last
    `weeks`, or all.
    """
    return parted(baskets, mined_days(baskets, holdout_days, weeks))


def parted(baskets: DataFrame, days: Days) -> Periods:
    """The baskets of these days, and those after them, if they end."""
    mined = baskets.where(days.hold(F.col("sold_on")))
    return Periods(mined, baskets.where(F.col("sold_on") > F.lit(days.until)) if days.until else None)


def mined_days(baskets: DataFrame, holdout_days: int, weeks: int | None = None) -> Days:
    """The days that `split` mines. `weeks` count from the last of these with a basket."""
    first, last = baskets.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    if first is None:
        return Days()
    is_held_out = bool(holdout_days) and (last - first).days + 1 >= 4 * holdout_days
    until = last - timedelta(days=holdout_days) if is_held_out else None
    if weeks and until:
        last = baskets.where(F.col("sold_on") <= F.lit(until)).agg(F.max("sold_on")).collect()[0][0]
    return Days(last - timedelta(weeks=weeks) if weeks else None, until)


def last_weeks(baskets: DataFrame, weeks: int | None) -> DataFrame:
    """The baskets of the last 7 x `weeks` days with any; all without `weeks`."""
    return split(baskets, 0, weeks).mined
