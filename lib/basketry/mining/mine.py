"""The mining step: itemsets, rules, pairs and sequences of every level, on days before the holdout."""

from functools import partial, reduce
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.few import Kept, Say, itemsets_of_enough, left_out, pairs_of_enough, refuse_nobody, told
from basketry.mining.itemsets import mine_itemsets
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.patterns import find_patterns
from basketry.mining.periods import split
from basketry.mining.rules import rules_from_itemsets
from basketry.mining.segments import Part, parts_of, segments_of
from basketry.mining.sequences import find_sequences
from basketry.mining.settings import MiningSettings
from basketry.mining.trends import find_trends
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
    left_out: DataFrame
    rule_trends: DataFrame


def silent(*_: object, **__: object) -> None:
    """Says nothing."""


def mine(baskets: DataFrame, items: DataFrame, settings: MiningSettings, say: Say = silent) -> Mine:
    """All that the settings ask for, of silver.baskets and silver.items.

    Raises ContractError when users are asked for and there is none.
    """
    refuse_nobody(baskets, settings)
    segments = segments_of(baskets, settings)
    levels = [
        (level, _mine_level(at_level(baskets, items, level), segments, settings, partial(say, level=level)))
        for level in settings.levels
    ]
    named = [[part.select(F.lit(level).alias("level"), "*") for part in found] for level, found in levels]
    return Mine(*(reduce(DataFrame.unionByName, parts) for parts in zip(*named, strict=True)))


def associations(
    whole: Part, segments: DataFrame | None, settings: MiningSettings, say: Say = silent
) -> tuple[DataFrame, DataFrame, DataFrame, DataFrame]:
    """gold.itemsets and gold.rules of one level, of all baskets and of each segment mined alone, and gold.left_out and
    gold.rule_trends of them.
    """
    found = [_of_part(*part, say) for part in parts_of(whole, segments, settings)]
    itemsets, rules, left, trends = (reduce(DataFrame.unionByName, frames) for frames in zip(*found, strict=True))
    return itemsets, rules, left, trends


def _of_part(part: Part, settings: MiningSettings, say: Say) -> tuple[DataFrame, DataFrame, DataFrame, DataFrame]:
    every, least = mine_itemsets(part.mined, settings), settings.min_users
    found = itemsets_of_enough(every, part.mined, least) if least else every
    rules, kept = weigh_rules(found, part.mined, part.holdout, settings), list[Kept]()
    if least:
        say = partial(say, segment=part.segment)
        kept.append(told(say, "itemsets", every.itemsets, found.itemsets, least))
        kept.append(told(say, "rules", rules_from_itemsets(every.itemsets, settings), rules, least))
    left = left_out(part.mined.sparkSession, part.segment, kept, least)
    segment = F.lit(part.segment).alias("segment")
    trends = find_trends(rules, part.mined, settings)
    return found.itemsets.select(segment, "*"), rules.select(segment, "*"), left, trends.select(segment, "*")


def _mine_level(baskets: DataFrame, segments: DataFrame | None, settings: MiningSettings, say: Say) -> Mine:
    mined, holdout = split(baskets.persist(), settings.holdout_days, settings.weeks)
    itemsets, rules, left, trends = associations(Part(WHOLE, mined, holdout), segments, settings, say)
    pairs = find_pairs(mined, holdout, settings)
    visits = visits_of(mined).persist()
    steps, longer = find_sequences(visits, settings), find_patterns(visits, settings)
    found = Mine(itemsets, rules, *pairs, steps, longer, left, trends)
    return of_enough(found, settings.min_users, say) if settings.min_users else found


def of_enough(found: Mine, least: int, say: Say) -> Mine:
    """Without pairs and sequences of fewer users; itemsets and rules are without already."""
    pairs, steps, longer = found.pairs.persist(), found.sequences.persist(), found.sequence_patterns.persist()
    kept = (
        told(say, "pairs", pairs, pairs_of_enough(pairs, least), least),
        told(say, "sequences", steps, steps.where(F.col("n_users") >= least), least),
        told(say, "longer sequences", longer, longer.where(F.col("freq") >= least), least),
    )
    left = found.left_out.unionByName(left_out(pairs.sparkSession, WHOLE, kept, least))
    pairs, steps, longer = (each.rows for each in kept)
    return found._replace(pairs=pairs, sequences=steps, sequence_patterns=longer, left_out=left)
