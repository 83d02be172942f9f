"""Each metric against a sum done by hand."""

from math import log2

import numpy as np
import pytest

from basketry.evaluation.bootstrap import intervals
from basketry.evaluation.ranking import Judged, hit_rate, ndcg, recall

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
