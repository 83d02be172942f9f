"""Splits by time only: what models may learn from, and the later days they are judged on."""

from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError


class Split(NamedTuple):
    """Rows before the cut, and rows from it on."""

    train: DataFrame
    holdout: DataFrame


def holdout_start(interactions: DataFrame, holdout_days: int, to_on: date | None = None) -> date:
    """The first of the last `holdout_days` days before `to_on`, else of the data.

    Raises ContractError when no purchase lies before it, or none after.
    """
    first, last = interactions.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    end = to_on or (last and last + timedelta(days=1))
    start: date = end and end - timedelta(days=holdout_days)
    if first is None or not first < start <= last:
        raise ContractError(
            f"silver.interactions: purchases from {first} to {last} cannot be split {holdout_days} days before "
            f"{end}; choose a smaller evaluation.holdout_days or a longer period"
        )
    return start


def split_at(dated: DataFrame, start: date) -> Split:
    """Rows with sold_on before `start`, and the others."""
    is_later = F.col("sold_on") >= F.lit(start)
    return Split(dated.where(~is_later), dated.where(is_later))
