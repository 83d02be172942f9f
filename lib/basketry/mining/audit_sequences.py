"""How many sequences the present settings find where order means nothing: each user's visits dealt anew."""

from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.sequences import find_sequences
from basketry.mining.settings import MiningSettings
from basketry.mining.visits import shuffled, visits_of


class SequenceTally(NamedTuple):
    """Sequences listed, significant, and in one order more than in the other."""

    listed: int
    significant: int
    ordered: int


class SequenceAudit(NamedTuple):
    """The tally of the real visits and of each shuffle of them."""

    real: SequenceTally
    shuffled: list[SequenceTally]


def audit_sequences(baskets: DataFrame, settings: MiningSettings, draws: int, seed: int) -> SequenceAudit:
    """Real against noise for baskets at a level."""
    visits = visits_of(baskets).persist()
    drawn = [_tally(shuffled(visits, seed + number).persist(), settings) for number in range(draws)]
    return SequenceAudit(_tally(visits, settings), drawn)


def _tally(visits: DataFrame, settings: MiningSettings) -> SequenceTally:
    found = find_sequences(visits, settings)
    row = found.agg(F.count("*"), F.count_if("is_significant"), F.count_if("is_ordered")).collect()[0]
    visits.unpersist()
    return SequenceTally(*row)
