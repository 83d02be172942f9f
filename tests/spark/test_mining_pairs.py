"""Pairs: counts against loops, both nulls against sums over baskets, what was planted found, what is chance not."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, poisson

from basketry import tables
from basketry.mining.counts import count_items
from basketry.mining.levels import at_level
from basketry.mining.nulls import CHECKABLE
from basketry.mining.pairs import find_pairs
from basketry.mining.periods import split
from basketry.mining.settings import MiningSettings
from basketry.mining.space import collect_margins, space_of
from basketry.mining.strata import strata_of
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import frame, rows

SETTINGS = MiningSettings(pair_min_count=20, pair_min_freq=1)


def leveled(df):
    return at_level(df, None, "item")


def found_pairs(df, holdout=None):
    return {(r["item_a"], r["item_b"]): r for r in find_pairs(leveled(df), holdout, SETTINGS).pairs.collect()}


@pytest.fixture(scope="module")
def made():
    return list(receipts(1))


@pytest.fixture(scope="module")
def found(spark, made):
    return found_pairs(receipts_frame(spark, made))


def test_counts_and_users_are_those_of_a_loop(made, found):
    n, users = Counter(), defaultdict(Counter)
    for _, user, _, items in made:
        for pair in combinations(items, 2):
            n[pair] += 1
            users[pair][user] += user is not None
    assert len(found) > 300
    for pair, row in found.items():
        known = +users[pair]
        assert row["n_ab"] == n[pair]
        assert row["n_users"] == len(known)
        assert row["top_user_share"] == (max(known.values(), default=0) / n[pair] if n[pair] else None)


def test_expected_is_the_sum_over_strata(made, found):
    size = {basket: int(strata_of(np.array([len(items)]))[0]) for basket, _, _, items in made}
    baskets, held = Counter(size.values()), defaultdict(Counter)
    for basket, _, _, items in made:
        for item in items:
            held[item][size[basket]] += 1
    for (a, b), row in found.items():
        assert row["expected"] == pytest.approx(sum(held[a][s] * held[b][s] / baskets[s] for s in baskets))
        assert row["n_a"], row["n_b"] == (sum(held[a].values()), sum(held[b].values()))


def test_q_counts_every_pair_of_frequent_items(made, found):
    n = Counter(item for *_, items in made for item in items)
    frequent = sorted(item for item in n if n[item] >= SETTINGS.pair_min_count)
    together = [row for row in found.values() if row["n_ab"] >= row["expected"]]
    p = [poisson.sf(row["n_ab"] - 1, row["expected"]) for row in together]
    rest = len(frequent) * (len(frequent) - 1) // 2 - len(p)
    assert [row["p"] for row in together] == pytest.approx(p)
    expected = false_discovery_control([*p, *[1.0] * rest])[: len(p)]
    assert [row["q"] for row in together] == pytest.approx(expected)


def test_planted_pairs_are_found_and_little_else(found):
    significant = {pair: row["direction"] for pair, row in found.items() if row["is_significant"]}
    assert significant["i20", "i25"] == "complement"
    assert significant["i00", "i01"] == "substitute"
    assert found["i00", "i01"]["n_ab"] == 0
    assert len(significant) <= 4


def test_any_partitioning_gives_the_same_pairs(spark, made, found):
    again = found_pairs(receipts_frame(spark, made[::-1]).repartition(5))
    assert again == found


def test_a_pair_that_repeats_in_the_holdout_says_so_by_the_null_of_the_settings(spark):
    mined, holdout = split(leveled(receipts_frame(spark, receipts(2, 1200))), 25)
    later = collect_margins(count_items(holdout))
    for null in ("strata", "margins"):
        settings = SETTINGS.model_copy(update={"null": null})
        row = {(r["item_a"], r["item_b"]): r for r in find_pairs(mined, holdout, settings).pairs.collect()}[
            "i20", "i25"
        ]
        counted = holdout.where("array_contains(items, 'i20') and array_contains(items, 'i25')").count()
        left, right = getattr(space_of(*later, ["i20", "i25"]), null).T
        assert row["holdout_freq"] == counted > 10
        assert row["holdout_adjusted_lift"] == pytest.approx(counted / (left @ right))
        assert row["replicated"] is (True if left @ right >= CHECKABLE else None)


def test_counts_of_two_batches_add_up_to_those_of_both(spark, made):
    whole, *parts = (
        find_pairs(leveled(receipts_frame(spark, some)), None, SETTINGS) for some in (made, made[:300], made[300:])
    )
    added = Counter()
    for part in parts:
        added.update({row[:2]: row[2] for row in rows(part.item_counts, "stratum", "item", "n")})
    assert added == {row[:2]: row[2] for row in rows(whole.item_counts, "stratum", "item", "n")}


def test_a_type_counts_once_a_basket_and_unknown_types_not_at_all(spark):
    baskets = frame(spark, tables.BASKETS, "basket_id items\n1 {a b c}\n2 {c}\n3 {d}")
    items = frame(spark, tables.ITEMS, "item_id type\na milk\nb milk\nc bread\nd -")
    lifted = at_level(baskets, items, "type")
    assert rows(lifted, "basket_id", "items", "stratum") == [("1", ("bread", "milk"), 2), ("2", ("bread",), 1)]


def test_no_holdout_is_cut_from_a_short_period(spark, made):
    baskets = leveled(receipts_frame(spark, made))
    assert split(baskets, 26).holdout is None
    assert split(baskets, 0).holdout is None
    assert split(baskets, 25).holdout.count() == 150


def test_a_window_mines_the_last_weeks_before_the_holdout(spark, made):
    baskets = leveled(receipts_frame(spark, made))
    of_all, of_two = split(baskets, 25), split(baskets, 25, weeks=2)
    days = [day for (day,) in rows(of_all.mined, "sold_on")]
    after = max(days) - timedelta(days=14)
    assert [day for (day,) in rows(of_two.mined, "sold_on")] == [day for day in days if day > after]
    assert len(days) > of_two.mined.count() > 0
    assert of_two.holdout.count() == of_all.holdout.count()
    assert split(baskets, 0, weeks=1000).mined.count() == baskets.count()
