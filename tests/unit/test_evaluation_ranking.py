"""Each metric of ranking against a sum done by hand, and against MLlib's and scikit-learn's."""

from math import log2

import numpy as np
import pytest
from sklearn.metrics import f1_score, label_ranking_average_precision_score, ndcg_score, precision_score

from basketry.evaluation.bootstrap import intervals
from basketry.evaluation.ranking import (
    METRICS,
    Judged,
    average_precision,
    f1,
    hit_rate,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)

# Three relevant items, hits at places 1 and 3; one relevant item, no hit; one relevant item at place 2.
JUDGED = Judged(np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]], dtype=bool), np.array([3, 1, 1]))


def test_recall_is_hits_over_all_relevant_items():
    assert recall(JUDGED, 2).tolist() == pytest.approx([1 / 3, 0, 1])
    assert recall(JUDGED, 4).tolist() == pytest.approx([2 / 3, 0, 1])


def test_hit_rate_is_one_hit_or_none():
    assert hit_rate(JUDGED, 1).tolist() == [1, 0, 0]
    assert hit_rate(JUDGED, 4).tolist() == [1, 0, 1]


def test_ndcg_discounts_by_place_and_divides_by_the_best_list():
    best = 1 + 1 / log2(3) + 1 / log2(4)
    assert ndcg(JUDGED, 4).tolist() == pytest.approx([(1 + 1 / log2(4)) / best, 0, 1 / log2(3)])


def test_the_best_list_has_no_more_places_than_k():
    all_hits = Judged(np.ones((1, 2), dtype=bool), np.array([50]))
    assert ndcg(all_hits, 2).tolist() == pytest.approx([1])


def test_k_beyond_the_list_counts_missing_places_as_misses():
    assert recall(JUDGED, 99).tolist() == recall(JUDGED, 4).tolist()
    assert hit_rate(JUDGED, 99).tolist() == hit_rate(JUDGED, 4).tolist()
    assert ndcg(JUDGED, 99).tolist() == pytest.approx(ndcg(JUDGED, 4).tolist())


def test_precision_counts_missing_places_as_misses():
    assert precision(JUDGED, 2).tolist() == pytest.approx([1 / 2, 0, 1 / 2])
    assert precision(JUDGED, 8).tolist() == pytest.approx([2 / 8, 0, 1 / 8])


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    assert f1(JUDGED, 2).tolist() == pytest.approx([2 / (1 / (1 / 2) + 1 / (1 / 3)), 0, 2 / (2 + 1)])


def test_average_precision_rewards_early_hits():
    # Hits at places 1 and 3: precision there is 1 and 2/3; three relevant items could have filled three places.
    assert average_precision(JUDGED, 4).tolist() == pytest.approx([(1 + 2 / 3) / 3, 0, 1 / 2])
    assert average_precision(JUDGED, 2).tolist() == pytest.approx([1 / 2, 0, 1 / 2])


def test_reciprocal_rank_is_of_the_first_hit_within_k():
    assert reciprocal_rank(JUDGED, 4).tolist() == [1, 0, 1 / 2]
    assert reciprocal_rank(JUDGED, 1).tolist() == [1, 0, 0]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_no_relevant_item_is_no_value_and_no_recommendation_is_zero(metric):
    nothing_relevant, nothing_listed = (Judged(np.zeros((1, 3), dtype=bool), np.array([n])) for n in (0, 2))
    assert np.isnan(metric(nothing_relevant, 2)).all()
    assert metric(nothing_listed, 2).tolist() == [0]


@pytest.fixture(scope="module")
def drawn():
    """40 lists of 12 of 30 items each, best first, and what was relevant; some lists are short."""
    random = np.random.default_rng(5)
    lists = [random.permutation(30)[: 12 if n % 4 else 5] for n in range(40)]
    relevant = [random.choice(30, size=random.integers(1, 9), replace=False) for _ in lists]
    hits = np.zeros((40, 12), dtype=bool)
    for row, (items, wanted) in enumerate(zip(lists, relevant, strict=True)):
        hits[row, : len(items)] = np.isin(items, wanted)
    return lists, relevant, Judged(hits, np.array([len(wanted) for wanted in relevant]))


@pytest.mark.parametrize("k", [1, 5, 12, 20])
def test_ndcg_f1_and_precision_are_those_of_scikit_learn(drawn, k):
    lists, relevant, judged = drawn
    truth, scores, called = np.zeros((3, 40, 30))
    for row, (items, wanted) in enumerate(zip(lists, relevant, strict=True)):
        truth[row, wanted] = 1
        scores[row, items] = np.arange(len(items), 0, -1)
        called[row, items[:k]] = 1
    full = np.array([len(items) >= k for items in lists])
    # scikit-learn shares out the places after a short list among all items left: it has no end of a list.
    assert ndcg(judged, k)[full] == pytest.approx(
        [ndcg_score(t[None], s[None], k=k) for t, s in zip(truth[full], scores[full], strict=True)]
    )
    # Of a list that is full it calls as many as we do.
    assert precision(judged, k)[full] == pytest.approx(
        [precision_score(t, c) for t, c in zip(truth[full], called[full], strict=True)]
    )
    assert f1(judged, k)[full] == pytest.approx(
        [f1_score(t, c) for t, c in zip(truth[full], called[full], strict=True)]
    )


def test_reciprocal_rank_of_one_relevant_item_is_scikit_learns_label_ranking_precision():
    scores = np.random.default_rng(2).permuted(np.tile(np.arange(9.0), (20, 1)), axis=1)
    truth = np.eye(9)[np.arange(20) % 9]
    hits = np.take_along_axis(truth, np.argsort(-scores, axis=1), axis=1).astype(bool)
    found = reciprocal_rank(Judged(hits, np.ones(20, dtype=int)), 9)
    assert found.mean() == pytest.approx(label_ranking_average_precision_score(truth, scores))


def interval_of(values, users, n_bootstrap, *, seed):
    return intervals(values[None, :], users, n_bootstrap, seed=seed)[0]


def test_the_interval_holds_the_mean_and_is_the_same_for_the_same_seed():
    values = np.random.default_rng(1).random(400)
    found = interval_of(values, np.arange(400), 500, seed=3)
    assert found == interval_of(values, np.arange(400), 500, seed=3)
    # Of independent cases, as wide as the normal interval.
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - half, abs=half / 5)
    assert found.high == pytest.approx(values.mean() + half, abs=half / 5)


def test_cases_of_one_user_move_together():
    per_user = np.random.default_rng(1).random(50)
    values, users = np.repeat(per_user, 20), np.repeat(np.arange(50), 20)
    together, apart = (interval_of(values, u, 500, seed=3) for u in (users, np.arange(1000)))
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_the_mean_of_a_draw_weighs_users_by_their_cases():
    # One user has 9 cases of 1, the other 1 case of 0: a draw of both gives 0.9, never 0.5.
    values, users = np.array([1.0] * 9 + [0.0]), np.array([0] * 9 + [1])
    found = interval_of(values, users, 400, seed=1)
    assert (found.low, found.high) == (0.0, 1.0)


def test_every_series_has_the_interval_it_would_have_alone():
    values, users = np.random.default_rng(1).random((3, 60)), np.arange(60) // 2
    alone = [interval_of(row, users, 200, seed=2) for row in values]
    assert np.allclose(intervals(values, users, 200, seed=2), alone)


def test_a_case_without_a_value_does_not_count_in_its_row():
    values = np.random.default_rng(4).random((2, 200))
    values[1, 100:] = np.nan
    found = intervals(values, np.arange(200), 400, seed=1)
    half = 1.96 * values[1, :100].std() / np.sqrt(100)
    assert found[1].low == pytest.approx(values[1, :100].mean() - half, abs=half / 4)
    assert found[0] == pytest.approx(intervals(values[:1], np.arange(200), 400, seed=1)[0])


def test_a_slice_of_one_user_has_an_interval_although_most_draws_miss_it():
    values = np.full((1, 50), np.nan)
    values[0, 7] = 0.25
    assert intervals(values, np.arange(50), 200, seed=1)[0] == (0.25, 0.25)
