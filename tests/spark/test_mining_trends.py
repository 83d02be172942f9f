"""What rules are of late, by going through the baskets; chance is called no trend, and what was planted is found."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import erfc, sqrt

import numpy as np
import pytest
from pyspark.sql import functions as F
from scipy.stats import kstest

from basketry.mining.mine import mine
from basketry.mining.profiles import Profiles
from basketry.mining.settings import MiningSettings
from basketry.mining.trends import ONE, Weighed, trends, weigh_weeks
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import rows

HALF = 3.0
SETTINGS = {"min_count": 5, "min_confidence": 0.1, "max_length": 3, "pair_min_count": 10, "pair_min_freq": 1,
            "sequence_days": 0, "holdout_days": 10}  # fmt: skip
ASKED = ["antecedent", "consequent", "recent_confidence", "recent_adjusted_lift", "ratio", "recent_n", "p", "trend"]


@pytest.fixture(scope="module")
def baskets(spark):
    return receipts_frame(spark, receipts(4, 300, largest=9, days=60)).persist()


@pytest.fixture(scope="module")
def found(baskets):
    return mine(baskets, None, MiningSettings(**SETTINGS, half_life_weeks=HALF))


def by_hand(held, antecedent, consequent):
    """From (age in weeks, size, items) of each mined basket, in exact fractions of 2^-20."""
    left, right = set(antecedent), set(consequent)
    weight = {age: Fraction(round(ONE * 2 ** (-age / HALF)), ONE) for age in {age for age, _, _ in held}}
    n = [(weight[age], size, left <= items, right <= items) for age, size, items in held]
    ours = [(w, both) for w, _, one, both in n if one]
    whole = Fraction(sum(both for _, both in ours), len(ours))
    w, ww = sum(w for w, _ in ours), sum(w * w for w, _ in ours)
    late = sum(w for w, both in ours if both)
    sums = Counter()
    for weighed, size, one, other in n:
        sums.update({("all", size): weighed, ("one", size): weighed * one, ("other", size): weighed * other})
    sizes = {size for _, size, _, _ in n if sums["all", size]}
    expected = sum(sums["one", size] * sums["other", size] / sums["all", size] for size in sizes)
    spread = whole * (1 - whole) * (ww - w * w / len(ours))
    z = float(late - whole * w) / float(spread) ** 0.5 if spread else 0.0
    return float(late / w), float(late / expected), float(late / w / whole), float(w * w / ww), z


def test_each_rule_is_what_the_baskets_say(baskets, found):
    held = [(day, set(items)) for day, items in rows(baskets, "sold_on", "items")]
    cut = max(day for day, _ in held) - timedelta(days=10)
    last = max(day for day, _ in held if day <= cut)
    mined = [((last - day).days // 7, len(items), items) for day, items in held if day <= cut]
    said = rows(found.rule_trends, *ASKED)
    assert {row[:2] for row in said} == set(rows(found.rules, "antecedent", "consequent")) and len(said) > 50
    assert {len(row[0]) for row in said} == {1, 2}
    for antecedent, consequent, *numbers, n, p, trend in said:
        *told, z = by_hand(mined, antecedent, consequent)
        assert numbers == pytest.approx(told[:3], rel=1e-9)
        assert n == pytest.approx(told[3], abs=1.001)
        assert p == pytest.approx(two_sided(z), abs=1e-4)
        assert trend is None or (trend == "rises") == (z > 0)


def two_sided(z):
    return erfc(abs(z) / sqrt(2))


def test_no_partitioning_changes_a_bit_and_rules_are_what_they_are_without(baskets, found):
    shuffled = baskets.repartition(7, F.rand(1))
    other = mine(shuffled, None, MiningSettings(**SETTINGS, half_life_weeks=HALF))
    assert rows(other.rule_trends, *other.rule_trends.columns) == rows(found.rule_trends, *other.rule_trends.columns)
    without = mine(baskets, None, MiningSettings(**SETTINGS))
    assert without.rule_trends.count() == 0
    assert rows(without.rules, *without.rules.columns) == rows(found.rules, *without.rules.columns)


def test_a_rule_that_came_up_late_rises_the_one_it_replaced_falls_and_the_steady_one_does_neither(spark):
    first = date(2024, 1, 1)
    held = []
    for week in range(20):
        for n in range(60):
            new = "c" if (week >= 14) == (n % 3 > 0) else "b"
            items = ["a", new] if n < 30 else ["d", *(["e"] if n % 2 else [])]
            held.append((f"{week}-{n}", f"u{n}", first + timedelta(weeks=week), items))
    frame = spark.createDataFrame(held, "basket_id string, user_id string, sold_on date, items array<string>")
    settings = MiningSettings(**SETTINGS | {"holdout_days": 0}, half_life_weeks=4)
    found = mine(frame.withColumn("stratum", F.size("items")), None, settings).rule_trends
    trend = {row[:2]: row[2] for row in rows(found, "antecedent", "consequent", "trend")}
    assert trend[("a",), ("c",)] == "rises" and trend[("a",), ("b",)] == "falls"
    assert trend[("d",), ("e",)] is None


def test_of_rules_that_are_the_same_all_along_few_are_called_rising_or_falling():
    """500 rules of 400 baskets with the antecedent: p is uniform, and no q is below .05 in most draws."""
    rng, called = np.random.default_rng(5), []
    age = rng.integers(40, size=(500, 400))
    weight = np.round(ONE * 2.0 ** (-age / 8))
    for _ in range(20):
        holds = rng.random((500, 400)) < rng.uniform(0.1, 0.6, (500, 1))
        sums = [np.concatenate([weight.sum(1), (weight * holds).sum(1), [1.0]])]
        sums.append(np.concatenate([np.round(weight**2 / ONE).sum(1), np.zeros(501)]))
        n = np.concatenate([np.full(500, 400), holds.sum(1), [400]])
        weighed = Weighed(n, *sums, np.ones((1001, 1)))
        told = trends(weighed, np.arange(500), np.arange(500), np.arange(500, 1000), 0.05)
        called.append(sum(each is not None for each in told["trend"]))
        assert kstest(told["p"], "uniform").pvalue > 0.0005
    assert np.median(called) == 0


def test_baskets_of_one_week_tell_no_trend():
    strata = np.array([20_003, 30_003])
    counts = Profiles(strata, np.array([9, 9]), np.array([[6.0, 5], [4, 3]]), np.zeros(2), np.zeros(2))
    told = trends(weigh_weeks(counts, 2.0), np.array([0]), np.array([1]), np.array([1]), 0.05)
    assert told["p"].tolist() == [1.0] and told["trend"].tolist() == [None]
    assert told["ratio"].tolist() == pytest.approx([1.0])
