"""The counts of mining, made from those of an earlier run and what changed in silver.baskets since: the same counts."""

from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.counts import Counts
from basketry.mining.increments import added_items, added_pairs
from basketry.mining.pairs import Counted, in_memory
from basketry.mining.settings import MiningSettings
from basketry.mining.signed import State, signed_baskets
from basketry.mining.space import search_space

# What the counts depend on, besides baskets and items.
COUNTED_BY = ("mining.levels", "mining.holdout_days", "mining.weeks", "mining.pair_min_count")


class Past(NamedTuple):
    """What the counts of `then` were made from, every change of silver.baskets since (`feed`, with Delta's _change_type
    and _commit_version), and the tables of these counts.
    """

    then: State
    feed: DataFrame
    strata: DataFrame
    item_counts: DataFrame
    pair_counts: DataFrame


def counted_since(past: Past, now: State, mined: DataFrame, settings: MiningSettings, level: str) -> Counted:
    """The counts of the baskets `mined`: those of the state `now` on its days, at a level where every item has the
    place it had then.
    """
    signed = signed_baskets(past.then, now, past.feed, level).persist()
    before = Counts(_of(past.strata, level), _of(past.item_counts, level))
    counts = in_memory(added_items(before, signed))
    space = search_space(counts, settings.pair_min_count)
    risen = sorted(set(space.labels) - _labels(before, settings.pair_min_count))
    pairs = added_pairs(_of(past.pair_counts, level), signed, mined, space.labels, risen)
    return Counted(counts, space, pairs.persist())


def _of(table: DataFrame, level: str) -> DataFrame:
    return table.where(F.col("level") == level).drop("level")


def _labels(counts: Counts, min_count: int) -> set[str]:
    totals = counts.items.groupBy("item").agg(F.sum("n").alias("n")).where(F.col("n") >= min_count)
    return {row["item"] for row in totals.select("item").collect()}
