"""Sequences: a lake worked by hand, counts against loops, what was planted found one way only, shuffled visits mute."""

from collections import Counter, defaultdict
from datetime import date

import pytest
from scipy.stats import false_discovery_control

from basketry import tables
from basketry.mining.sequences import find_sequences
from basketry.mining.settings import MiningSettings
from basketry.mining.visits import in_order, shuffled, visits_of
from basketry.tables import conform
from tests.support.receipts import receipts_frame
from tests.support.tables import frame, rows
from tests.support.visits import planted_visits

SETTINGS = MiningSettings(sequence_days=7, sequence_min_count=5, sequence_min_users=10)
PLANTED = ("i10", "i11")
BASKETS = """
basket_id user_id sold_on    items
1         ann     2024-01-01 {tea}
2         ann     2024-01-01 {milk}
3         ann     2024-01-05 {bun}
4         ann     2024-01-12 {bun}
5         ann     2024-01-30 {tea}
6         ann     2024-01-31 {bun}
7         -       2024-01-02 {tea}
8         -       2024-01-03 {bun}
"""


def found_sequences(visits, settings=SETTINGS):
    return {tuple(row["steps"]): row for row in find_sequences(visits, settings).collect()}


@pytest.fixture(scope="module")
def made():
    return list(planted_visits(1))


@pytest.fixture(scope="module")
def found(spark, made):
    return found_sequences(visits_of(receipts_frame(spark, made)))


def test_baskets_of_one_day_are_one_visit_and_those_without_a_user_none(spark):
    visits = visits_of(frame(spark, tables.BASKETS, BASKETS))
    assert rows(visits, "user_id", "sold_on", "items")[0] == ("ann", date(2024, 1, 1), ("milk", "tea"))
    assert visits.count() == 5


def test_visits_of_a_user_come_one_after_the_other_and_by_day(spark, made):
    backwards = receipts_frame(spark, made[199::-1]).select("user_id", "sold_on", "items")
    found = [(row["who"], row["day"]) for row in in_order(backwards, ["i00"]).collect()]
    users = list(dict.fromkeys(who for who, _ in found))
    assert found == sorted(found, key=lambda visit: (users.index(visit[0]), visit[1]))


def test_a_window_that_outlasts_the_period_does_not_count(spark):
    """The tea of the 30th has a bun the day after, but its seven days end in February."""
    settings = SETTINGS.model_copy(update={"sequence_min_count": 1, "sequence_min_users": 1})
    found = found_sequences(visits_of(frame(spark, tables.BASKETS, BASKETS)), settings)
    counts = ("n", "n_a", "n_b", "freq", "freq_reverse", "n_users", "lead")
    # Visits of the 1st, 5th and 12th count; a bun follows on the 5th and, seven days later, on the 12th.
    assert {steps: tuple(row[name] for name in counts) for steps, row in found.items()} == {
        ("tea", "bun"): (3, 1, 2, 1, 0, 1, 2),
        ("milk", "bun"): (3, 1, 2, 1, 0, 1, 1),
    }


def test_counts_are_those_of_a_loop(made, found):
    visits, last = defaultdict(list), max(day for *_, day, _ in made)
    for _, user, day, items in made:
        visits[user].append((day, set(items)))
    users, n_a = defaultdict(Counter), Counter()
    for user, own in visits.items():
        for day, items in own:
            if (last - day).days >= 7:
                later = set().union(*(other for when, other in own if 0 < (when - day).days <= 7))
                n_a.update(items)
                for steps in ((a, b) for a in items for b in later if a != b):
                    users[steps][user] += 1
    assert found.keys() == {steps for steps, own in users.items() if len(own) >= 10}
    assert len(users) > len(found) > 100
    for steps, row in found.items():
        own = users[steps]
        assert (row["freq"], row["n_users"], row["n_a"]) == (own.total(), len(own), n_a[steps[0]])
        assert row["freq_reverse"] == users[steps[::-1]].total()
        assert row["top_user_share"] == max(own.values()) / own.total()


def test_q_counts_every_ordered_pair_of_items(found):
    n_tests = 12 * 11
    for p, q in (("p", "q"), ("p_order", "q_order")):
        tails = [row[p] for row in found.values()]
        expected = false_discovery_control([*tails, *[1.0] * (n_tests - len(tails))])[: len(tails)]
        assert [row[q] for row in found.values()] == pytest.approx(expected)


def test_the_planted_order_is_found_and_its_reverse_is_not(found):
    then, back = found[PLANTED], found[PLANTED[::-1]]
    assert then["is_significant"] and then["is_ordered"]
    assert not back["is_significant"] and not back["is_ordered"]
    assert then["adjusted_lift"] > 1.2
    assert sum(row["is_significant"] for row in found.values()) <= 2
    assert sum(row["is_ordered"] for row in found.values()) <= 2


def test_what_one_user_likes_is_no_sequence(found):
    """Tastes differ, so the usual lift is far above 1; the null allows for them."""
    others = [row for steps, row in found.items() if not set(steps) & set(PLANTED)]
    assert max(row["lift"] for row in others) > 1.4
    assert not any(row["is_significant"] for row in others)


def test_in_shuffled_visits_nothing_is_significant(spark, made):
    visits = visits_of(receipts_frame(spark, made)).persist()
    counts = []
    for seed in range(3):
        drawn = shuffled(visits, seed).persist()
        assert rows(drawn.select("user_id", "sold_on"), "user_id", "sold_on") == rows(visits, "user_id", "sold_on")
        assert rows(drawn, "user_id", "items") == rows(visits, "user_id", "items")
        found = found_sequences(drawn).values()
        counts.append(sum(row["is_significant"] + row["is_ordered"] for row in found))
    assert sorted(counts)[1] <= 1


def test_any_partitioning_gives_the_same_sequences(spark, made, found):
    again = visits_of(receipts_frame(spark, made[::-1]).repartition(5))
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    try:
        assert found_sequences(again) == found
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)


def test_no_days_no_users_no_frequent_items_and_no_whole_window_are_no_sequences(spark, made):
    visits = visits_of(receipts_frame(spark, made[:50]))
    off = SETTINGS.model_copy(update={"sequence_days": 0})
    rare = SETTINGS.model_copy(update={"sequence_min_count": 1000})
    long = SETTINGS.model_copy(update={"sequence_days": 365})
    for some, settings in ((visits, off), (visits, rare), (visits, long), (visits.limit(0), SETTINGS)):
        empty = find_sequences(some, settings).selectExpr("'item' as level", "*")
        assert conform(empty, tables.SEQUENCES).count() == 0
