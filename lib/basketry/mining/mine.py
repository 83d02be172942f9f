"""The mining step: itemsets, rules, pairs and sequences of every level, on days before the holdout."""

from functools import reduce
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.itemsets import mine_itemsets
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.patterns import find_patterns
from basketry.mining.periods import split
from basketry.mining.segments import Part, parts_of, segments_of
from basketry.mining.sequences import find_sequences
from basketry.mining.settings import MiningSettings
from basketry.mining.visits import visits_of
from basketry.mining.weighed import weigh_rules
from basketry.tables.mining import WHOLE


class Mine(NamedTuple):
    """The gold tables of the step, by name."""

    itemsets: DataFrame
    rules: DataFrame
    pairs: DataFrame
    pair_counts: DataFrame
    item_counts: DataFrame
    strata: DataFrame
    sequences: DataFrame
    sequence_patterns: DataFrame


def mine(baskets: DataFrame, items: DataFrame, settings: MiningSettings) -> Mine:
    """All that the settings ask for, of silver.baskets and silver.items."""
    segments = segments_of(baskets, settings)
    levels = [(level, _mine_level(at_level(baskets, items, level), segments, settings)) for level in settings.levels]
    named = [[part.select(F.lit(level).alias("level"), "*") for part in found] for level, found in levels]
    return Mine(*(reduce(DataFrame.unionByName, parts) for parts in zip(*named, strict=True)))


def associations(whole: Part, segments: DataFrame | None, settings: MiningSettings) -> tuple[DataFrame, DataFrame]:
    """gold.itemsets and gold.rules of one level, of all baskets and of each segment mined alone."""
    found = [_of_part(*part) for part in parts_of(whole, segments, settings)]
    itemsets, rules = (reduce(DataFrame.unionByName, frames) for frames in zip(*found, strict=True))
    return itemsets, rules


def _of_part(part: Part, settings: MiningSettings) -> tuple[DataFrame, DataFrame]:
    found = mine_itemsets(part.mined, settings)
    rules = weigh_rules(found, part.mined, part.holdout, settings)
    segment = F.lit(part.segment).alias("segment")
    return found.itemsets.select(segment, "*"), rules.select(segment, "*")


def _mine_level(baskets: DataFrame, segments: DataFrame | None, settings: MiningSettings) -> Mine:
    mined, holdout = split(baskets.persist(), settings.holdout_days, settings.weeks)
    itemsets, rules = associations(Part(WHOLE, mined, holdout), segments, settings)
    pairs = find_pairs(mined, holdout, settings)
    visits = visits_of(mined).persist()
    return Mine(itemsets, rules, *pairs, find_sequences(visits, settings), find_patterns(visits, settings))
