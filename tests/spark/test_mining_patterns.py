"""Longer sequences: PrefixSpan's against loops, a planted one found, a search without end refused by name."""

from collections import defaultdict
from datetime import date
from itertools import permutations

import pytest

from basketry import tables
from basketry.errors import SettingsError
from basketry.mining.patterns import find_patterns
from basketry.mining.settings import MiningSettings
from basketry.mining.visits import shuffled, visits_of
from basketry.tables import conform
from tests.support.receipts import receipts_frame
from tests.support.visits import planted_visits

SETTINGS = MiningSettings(sequence_min_count=5, pattern_min_support=0.1)
PLANTED = ("x", "y", "z")


@pytest.fixture(scope="module")
def made():
    """Two users in three buy x, y and z at three visits in this order, the others in the reverse."""
    visits = defaultdict(list)
    for basket, user, day, items in planted_visits(2, n_users=90):
        visits[user].append((basket, user, day, items))
    for number, own in enumerate(visits.values()):
        order = PLANTED if number % 3 else PLANTED[::-1]
        for step, i in zip(order, (1, 3, 6), strict=True):
            own[i][3].append(step)
    return [row for own in visits.values() for row in own]


def found_patterns(visits, settings=SETTINGS):
    return {tuple(row["steps"]): row for row in find_patterns(visits, settings).collect()}


@pytest.fixture(scope="module")
def found(spark, made):
    return found_patterns(visits_of(receipts_frame(spark, made)))


def test_users_of_a_pattern_are_those_of_a_loop(made, found):
    visits = defaultdict(list)
    for _, user, _, items in made:
        visits[user].append(set(items))
    users = dict.fromkeys(permutations(sorted({item for *_, items in made for item in items}), 3), 0)
    for own in visits.values():
        for steps in users:
            rest = list(steps)
            for items in own:
                if rest and rest[0] in items:
                    rest.pop(0)
            users[steps] += not rest
    assert {steps: row["freq"] for steps, row in found.items()} == {s: n for s, n in users.items() if n >= 9}
    assert {row["n_users"] for row in found.values()} == {90}


def test_the_planted_orders_are_significant_and_no_other_of_their_items(found):
    # By chance each of the six orders of three items comes to a sixth of the users.
    assert found[PLANTED]["expected"] == pytest.approx(90 / 6, abs=3)
    significant = {steps for steps in permutations(PLANTED) if steps in found and found[steps]["is_significant"]}
    # A third of the users have the items the other way round, twice what chance gives.
    assert significant == {PLANTED, PLANTED[::-1]}


def test_each_step_is_one_item(spark):
    visits = (["a", "b"], ["c"], ["d"])
    rows = [(f"{u}-{d}", f"u{u}", date(2024, 1, 1 + d), items) for u in range(6) for d, items in enumerate(visits)]
    longer = SETTINGS.model_copy(update={"pattern_max_length": 4})
    found = found_patterns(visits_of(receipts_frame(spark, rows)), longer)
    assert set(found) == {("a", "c", "d"), ("b", "c", "d")}


def test_in_shuffled_visits_nothing_is_significant(spark, made):
    visits = shuffled(visits_of(receipts_frame(spark, made)), 1)
    assert sum(bool(row["is_significant"]) for row in found_patterns(visits).values()) == 0


def test_any_partitioning_gives_the_same_patterns(spark, made, found):
    assert found_patterns(visits_of(receipts_frame(spark, made[::-1]).repartition(5))) == found


def test_too_many_patterns_are_refused_with_what_to_change(spark, made):
    few = SETTINGS.model_copy(update={"max_patterns": 100})
    with pytest.raises(SettingsError, match=r"mining.max_patterns.*raise mining.pattern_min_support"):
        find_patterns(visits_of(receipts_frame(spark, made)), few)


def test_none_are_sought_unless_asked_for(spark, made):
    visits = visits_of(receipts_frame(spark, made[:50]))
    off = SETTINGS.model_copy(update={"pattern_min_support": None})
    for some, settings in ((visits, off), (visits.limit(0), SETTINGS)):
        empty = find_patterns(some, settings).selectExpr("'item' as level", "*")
        assert conform(empty, tables.SEQUENCE_PATTERNS).count() == 0
