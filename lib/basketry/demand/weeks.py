"""The whole weeks of a period."""

from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError


class Weeks(NamedTuple):
    """Whole weeks: Mondays, the first and the one after the last."""

    first_on: date
    end_on: date

    def hold(self, day: str) -> Column:
        """Whether a date column is within these weeks."""
        return (F.col(day) >= F.lit(self.first_on)) & (F.col(day) < F.lit(self.end_on))

    @property
    def number(self) -> int:
        return (self.end_on - self.first_on).days // 7

    @property
    def mondays(self) -> list[date]:
        return [self.first_on + timedelta(weeks=n) for n in range(self.number)]


def week_of(day: str) -> Column:
    """The Monday of a date column's week."""
    return F.trunc(day, "week")


def whole_weeks(lines: DataFrame, from_on: date | None, to_on: date | None) -> Weeks:
    """The weeks, Monday to Sunday, within the period, else within the days of silver.lines.

    Raises ContractError when there is none.
    """
    days = lines.agg(F.min("sold_on").alias("first"), F.max("sold_on").alias("last")).first()
    if days is None or days["first"] is None:
        raise ContractError("silver.lines: no lines in the period; forecast_demand needs one whole week at least")
    first, end = from_on or days["first"], to_on or days["last"] + timedelta(days=1)
    weeks = Weeks(first + timedelta(days=-first.weekday() % 7), end - timedelta(days=end.weekday()))
    if weeks.first_on >= weeks.end_on:
        raise ContractError(
            f"silver.lines: no whole week, Monday to Sunday, from {first} to {end}; give a longer --from and --to"
        )
    return weeks
