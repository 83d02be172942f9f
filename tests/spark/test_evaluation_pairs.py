"""Do two items go together: candidates, labels and scores against counts by hand and by brute force."""

from itertools import combinations
from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as F
from scipy.stats import poisson
from sklearn.metrics import roc_auc_score

from basketry import tables
from basketry.evaluation.pairs import by_embeddings, compare_pairs, goes_together, n_expected, scores_of
from basketry.evaluation.settings import EvaluationSettings
from basketry.mining.strata import stratum
from basketry.mining.together import pairs_before_and_later
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import frame

SETTINGS = EvaluationSettings(n_bootstrap=60)


@pytest.fixture(scope="module")
def cut(spark):
    """Receipts by basket as Python rows, and the same before and after a cut as frames."""
    rows = [(*row[:3], frozenset(row[3])) for row in receipts(seed=3, n_baskets=900)]
    whole = receipts_frame(spark, receipts(seed=3, n_baskets=900)).withColumn("stratum", stratum(F.size("items")))
    before, after = ([row[3] for row in rows if (row[0] < "b0600") is is_before] for is_before in (True, False))
    return before, after, whole.where("basket_id < 'b0600'"), whole.where("basket_id >= 'b0600'")


@pytest.fixture(scope="module")
def pairs(cut):
    return pairs_before_and_later(*cut[2:], min_expected=8.0)


def chance(baskets, a, b):
    """Expected baskets of both: by size, the product of the counts of each over the baskets."""
    total = 0.0
    for size in {len(items) for items in baskets}:
        these = [items for items in baskets if len(items) == size]
        total += sum(a in items for items in these) * sum(b in items for items in these) / len(these)
    return total


def test_the_pairs_asked_are_all_that_chance_brings_together_often_enough(cut, pairs):
    before, after, *_ = cut
    sold = sorted(frozenset().union(*before) & frozenset().union(*after))
    often = {(a, b): chance(after, a, b) for a, b in combinations(sold, 2)}
    asked = [pair for pair, expected in often.items() if expected >= 8]
    assert [*zip(pairs["item_a"], pairs["item_b"], strict=True)] == asked
    assert 30 < len(asked) < len(often)
    assert pairs["later_expected"].to_list() == pytest.approx([often[pair] for pair in asked])


def test_counts_before_and_after_are_those_of_the_baskets(cut, pairs):
    before, after, *_ = cut
    for row in pairs.itertuples():
        pair = {row.item_a, row.item_b}
        assert row.n == sum(pair <= items for items in before)
        assert row.later_n == sum(pair <= items for items in after)
        assert (row.n_a, row.n_b) == tuple(sum(item in items for items in before) for item in (row.item_a, row.item_b))
        assert row.later_p == pytest.approx(poisson.sf(row.later_n - 1, row.later_expected))
        assert row.expected == pytest.approx(chance(before, row.item_a, row.item_b))
    assert set(pairs["n_baskets"]) == {len(before)}
    # These two never meet, yet chance would have them meet often: an honest negative.
    assert pairs.loc[(pairs["item_a"] == "i00") & (pairs["item_b"] == "i01"), "later_n"].to_list() == [0]


def made(*rows):
    """Pairs as `a b n n_a n_b expected later_n later_expected`, of 100 baskets before."""
    cells = [row.split() for row in rows]
    numbers = pd.DataFrame([list(map(float, row[2:])) for row in cells])
    numbers.columns = ["n", "n_a", "n_b", "expected", "later_n", "later_expected"]
    later_p = poisson.sf(numbers["later_n"] - 1, numbers["later_expected"])
    names = {"item_a": [row[0] for row in cells], "item_b": [row[1] for row in cells]}
    return pd.DataFrame(names).join(numbers).assign(n_baskets=100, later_p=later_p)


MADE = made(
    "a b 20 40 50 10 12 5",
    "a c 9 40 20 8 9 5",
    "b c 0 50 20 10 0 5",
    "b d 6 50 10 5 5 5",
    "c d 4 20 10 2 10 5",
)


def test_a_pair_goes_together_beyond_chance_alone():
    # At 5 expected, 9 or more come about with probability .068, 10 or more with .032.
    assert goes_together(MADE).tolist() == [True, False, False, False, True]


def test_as_many_are_called_as_the_days_before_lead_one_to_expect():
    alike = made("a b 10 40 50 10 0 5", "a c 0 40 20 8 9 5")
    # One pair as often as chance has it: .032; one never seen before: not at all.
    assert n_expected(alike) == pytest.approx(1 - sum(exp(-5) * 5**i / np.prod(range(1, i + 1)) for i in range(10)))


def embeddings(spark):
    picture = "item_id bias\na 1\nb 2\nc 3"
    vectors = {"a": ([1.0, 0.0], [0.0, 2.0]), "b": ([0.0, 1.0], [3.0, 0.0]), "c": ([1.0, 1.0], [1.0, 0.0])}
    known = frame(spark, tables.ITEM_EMBEDDINGS, picture).select("item_id", "bias")
    given = spark.createDataFrame(
        [(item, *both) for item, both in vectors.items()],
        "item_id string, vector_in array<float>, vector_out array<float>",
    )
    return known.join(given, on="item_id", how="inner")


def test_scores_by_hand(spark):
    found = scores_of(MADE, embeddings(spark))
    assert found["popularity"][0] == 40 * 50
    assert found["adjusted_lift"].tolist() == pytest.approx([2, 9 / 8, 0, 6 / 5, 2])
    assert found["lift"][0] == pytest.approx(20 * 100 / (40 * 50))
    assert found["cosine"][0] == pytest.approx(20 / sqrt(40 * 50))
    assert found["confidence"][0] == pytest.approx(20 / 40)


def test_embeddings_score_both_directions_and_know_nothing_of_an_item_without(spark):
    # a then b: 1 * 3 + 2; b then a: 1 * 2 + 1. Nobody knows d.
    found = by_embeddings(MADE, embeddings(spark))
    assert found[0] == pytest.approx((1 * 3 + 2 + 1 * 2 + 1) / 2)
    assert np.isneginf(found[3:]).all()
    assert np.isneginf(by_embeddings(MADE, embeddings(spark).where("false"))).all()


def test_rows_have_the_base_rate_and_hard_negatives_that_met_before(spark):
    rows = {(row.slice, row.model, row.metric): row for row in compare_pairs(MADE, embeddings(spark), SETTINGS, seed=1)}
    assert {key[0] for key in rows} == {"all", "hard"}
    for slice_, n in (("all", 5), ("hard", 4)):
        assert {row.n for key, row in rows.items() if key[0] == slice_} == {n}
        assert rows[slice_, "lift", "base_rate"].value == pytest.approx(2 / n)
    truth, scores = goes_together(MADE), scores_of(MADE, embeddings(spark))
    hard = (MADE["n"] > 0).to_numpy()
    for model in ("adjusted_lift", "lift", "cosine", "popularity"):
        assert rows["all", model, "auc"].value == pytest.approx(roc_auc_score(truth, scores[model]))
        assert rows["hard", model, "auc"].value == pytest.approx(roc_auc_score(truth[hard], scores[model][hard]))
    assert rows["all", "lift", "auc"].baseline == rows["all", "popularity", "auc"].value
    assert {row.k for row in rows.values()} == {0}


def test_more_models_of_those_days_are_judged_beside_them(spark):
    given = {"pair_head": np.array([0.5, 1.5, -np.inf, 0.25, 2.0])}
    rows = {(r.slice, r.model, r.metric): r for r in compare_pairs(MADE, embeddings(spark), SETTINGS, given, seed=1)}
    expected = roc_auc_score(goes_together(MADE), [0.5, 1.5, -9, 0.25, 2.0])
    assert rows["all", "pair_head", "auc"].value == pytest.approx(expected)
    assert {key[1] for key in rows} == {*scores_of(MADE, embeddings(spark)), "pair_head"}


def test_intervals_hold_the_value_and_are_wider_than_if_pairs_were_drawn(spark, pairs):
    nothing = embeddings(spark)
    rows = {(r.slice, r.model, r.metric): r for r in compare_pairs(pairs, nothing, SETTINGS, seed=1)}
    again = {(r.slice, r.model, r.metric): r for r in compare_pairs(pairs, nothing, SETTINGS, seed=1)}
    assert rows == again
    rate, area = rows["all", "lift", "base_rate"], rows["all", "adjusted_lift", "auc"]
    assert all(row.ci_low <= row.value <= row.ci_high for row in (rate, area))
    assert rate.ci_high - rate.ci_low > 2 * 1.96 * sqrt(rate.value * (1 - rate.value) / len(pairs))


def test_pairs_of_which_none_goes_together_cannot_be_asked(spark):
    none = made("a b 20 40 50 10 5 5", "a c 9 40 20 8 5 5")
    assert compare_pairs(none, embeddings(spark), SETTINGS, seed=1) == []
    assert compare_pairs(none.iloc[:0], embeddings(spark), SETTINGS, seed=1) == []
