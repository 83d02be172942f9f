"""Parts of the baskets that are mined by themselves: of a store, a month, a quarter, or a segment of users."""

from collections.abc import Iterator
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.mining.settings import FEWEST, MiningSettings
from basketry.mining.thresholds import smallest_count
from basketry.tables.given import read_given


class Part(NamedTuple):
    """Baskets mined together, and the later ones that tell whether what was found repeats; None without a holdout."""

    segment: str
    mined: DataFrame
    holdout: DataFrame | None


def parts_of(whole: Part, segments: DataFrame | None, settings: MiningSettings) -> list[tuple[Part, MiningSettings]]:
    """The whole, then each segment of enough baskets by name, each with the settings it is mined by.

    A share of few baskets is soon a basket or two, so a segment's itemsets need FEWEST unless allow_low_count is on.
    """
    if segments is None:
        return [(whole, settings)]
    mined = whole.mined.join(segments, "basket_id", "inner").persist()
    later = None if whole.holdout is None else whole.holdout.join(segments, "basket_id", "inner").persist()
    least = 1 if settings.allow_low_count else FEWEST
    parts = [(whole, settings)]
    for name, n_baskets in _large_enough(mined, settings):
        part = Part(name, mined.where(F.col("segment") == name), _later(whole, later, name, settings))
        min_count = max(least, smallest_count(settings, n_baskets))
        parts.append((part, settings.model_copy(update={"min_count": min_count})))
    return parts


def segments_of(baskets: DataFrame, settings: MiningSettings) -> DataFrame | None:
    """The segment (basket_id, segment) of each of silver.baskets that has one; key basket_id. None when not asked for.

    Raises MissingInputError and ContractError when the file of users is of no use.
    """
    if settings.segment_by is None:
        return None
    if settings.segment_by == "user":
        segments = user_segments(baskets, str(settings.user_segments))
        named = baskets.join(segments, "user_id", "inner").select("basket_id", "segment")
    else:
        named = baskets.select("basket_id", _name(settings.segment_by).alias("segment"))
    return named.where(F.col("segment").isNotNull()).persist()


def user_segments(baskets: DataFrame, file: str) -> DataFrame:
    """user_id and segment of a CSV (with a header) or Parquet file; key user_id."""
    segments = read_given(baskets.sparkSession, file, ("user_id", "segment"), "mining.user_segments")
    twice = segments.groupBy("user_id").count().where("count > 1").count()
    if twice:
        raise ContractError(f"mining.user_segments: {file} gives {twice} user(s) more than one segment")
    return segments


def _name(by: str) -> Column:
    if by == "store":
        return F.concat(F.lit("store "), "store_id")
    month = F.date_format("sold_on", "yyyy-MM")
    return month if by == "month" else F.concat(F.year("sold_on"), F.lit("-Q"), F.quarter("sold_on"))


def _large_enough(mined: DataFrame, settings: MiningSettings) -> Iterator[tuple[str, int]]:
    counted = mined.groupBy("segment").count().where(F.col("count") >= settings.segment_min_baskets)
    return ((row["segment"], row["count"]) for row in counted.orderBy("segment").collect())


def _later(whole: Part, later: DataFrame | None, name: str, settings: MiningSettings) -> DataFrame | None:
    """A store or users are asked again later; the rules of a month are asked of everyone's later baskets."""
    if later is None or settings.segment_by in ("month", "quarter"):
        return whole.holdout
    return later.where(F.col("segment") == name)
