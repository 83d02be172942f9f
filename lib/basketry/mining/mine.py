"""The mining step: itemsets, rules, pairs and sequences of every level, on days before the holdout."""

from functools import partial, reduce
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.few import Kept, Say, itemsets_of_enough, left_out, pairs_of_enough, refuse_nobody, told
from basketry.mining.itemsets import Itemsets, mine_itemsets
from basketry.mining.levels import at_level
from basketry.mining.pairs import Counted, count, weigh_pairs
from basketry.mining.patterns import find_patterns
from basketry.mining.periods import parted
from basketry.mining.recount import recounted_itemsets
from basketry.mining.rules import rules_from_itemsets
from basketry.mining.segments import Part, parts_of, segments_of
from basketry.mining.sequences import find_sequences
from basketry.mining.settings import Level, MiningSettings
from basketry.mining.signed import State, same_places, state_of
from basketry.mining.since import Past, counted_since
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


class Associations(NamedTuple):
    """The gold tables that are made of one part of the baskets after the other, without the level."""

    itemsets: DataFrame
    rules: DataFrame
    left_out: DataFrame
    rule_trends: DataFrame


def silent(*_: object, **__: object) -> None:
    """Says nothing."""


def mine(
    baskets: DataFrame, items: DataFrame, settings: MiningSettings, past: Past | None = None, say: Say = silent
) -> Mine:
    """All that the settings ask for, of silver.baskets and silver.items; counts go on from those of the past.

    Raises ContractError when users are asked for and there is none.
    """
    refuse_nobody(baskets, settings)
    now = state_of(baskets, items, settings)
    if past and not all(same_places(past.then.items, items, level) for level in settings.levels):
        say("counted anew: items have other places in the product tree")
        past = None
    segments = segments_of(baskets, settings)
    found = [_mine_level(level, now, past, segments, settings, partial(say, level=level)) for level in settings.levels]
    return Mine(*(reduce(DataFrame.unionByName, parts) for parts in zip(*found, strict=True)))


def associations(
    whole: Part,
    segments: DataFrame | None,
    settings: MiningSettings,
    say: Say = silent,
    found: Itemsets | None = None,
) -> Associations:
    """Of one level, of all baskets and of each segment mined alone.

    `found`: the itemsets of all baskets, where they are known.
    """
    first, *others = parts_of(whole, segments, settings)
    tables = [_of_part(*first, say, found), *(_of_part(*part, say) for part in others)]
    return Associations(*(reduce(DataFrame.unionByName, frames) for frames in zip(*tables, strict=True)))


def _of_part(part: Part, settings: MiningSettings, say: Say, known: Itemsets | None = None) -> Associations:
    every, least = known or mine_itemsets(part.mined, settings), settings.min_users
    found = itemsets_of_enough(every, part.mined, least) if least else every
    rules, kept = weigh_rules(found, part.mined, part.holdout, settings), list[Kept]()
    if least:
        say = partial(say, segment=part.segment)
        kept.append(told(say, "itemsets", every.itemsets, found.itemsets, least))
        kept.append(told(say, "rules", rules_from_itemsets(every.itemsets, settings), rules, least))
    left = left_out(part.mined.sparkSession, part.segment, kept, least)
    trends = find_trends(rules, part.mined, settings)
    itemsets, rules, trends = (
        table.select(F.lit(part.segment).alias("segment"), "*") for table in (found.itemsets, rules, trends)
    )
    return Associations(itemsets, rules, left, trends)


def _recounted(mined: DataFrame, counted: Counted, settings: MiningSettings, say: Say) -> Itemsets | None:
    found = recounted_itemsets(mined, counted, settings)
    if isinstance(found, str):
        say(f"itemsets are mined: {found}")
        return None
    say("itemsets known and their border are counted again")
    return found


def _mine_level(
    level: Level, now: State, past: Past | None, segments: DataFrame | None, settings: MiningSettings, say: Say
) -> Mine:
    """All tables of a level, each with its name."""
    baskets = at_level(now.baskets, now.items, level).persist()
    mined, holdout = parted(baskets, now.days)
    counted = counted_since(past, now, mined, settings, level) if past else count(mined, settings)
    known = _recounted(mined, counted, settings, say) if past else None
    itemsets, rules, left, trends = associations(Part(WHOLE, mined, holdout), segments, settings, say, known)
    pairs = weigh_pairs(counted, holdout, settings)
    visits = visits_of(mined).persist()
    steps, longer = find_sequences(visits, settings), find_patterns(visits, settings)
    found = Mine(itemsets, rules, *pairs, steps, longer, left, trends)
    found = of_enough(found, settings.min_users, say) if settings.min_users else found
    return Mine(*(table.select(F.lit(level).alias("level"), "*") for table in found))


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
