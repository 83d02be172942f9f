"""Segments that are too small become part of the nearest; what tells of few users is left out."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketry.commands.segments import WIDTH, cost_of
from basketry.segments.clusters import centres_of
from basketry.segments.few import generalised, of_enough
from basketry.segments.profiles import profiles_of
from basketry.segments.scaling import points_of
from basketry.segments.settings import SegmentsSettings
from tests.unit.test_segments_users import told


def squares(points, labels):
    return ((points - centres_of(points, labels)[labels]) ** 2).sum()


def test_a_small_segment_joins_the_one_that_costs_least_to_join():
    points = np.array([[0.0], [1], [2], [3], [100], [101], [104]])
    labels = np.array([2, 2, 2, 2, 0, 0, 1])
    assert generalised(points, labels, 2).tolist() == [0, 0, 0, 0, 1, 1, 1]
    # Three at 100 are not four: everybody is one.
    assert generalised(points, labels, 4).tolist() == [0] * 7
    assert generalised(points, labels, 1).tolist() == labels.tolist()


def test_of_segments_as_small_and_as_near_that_of_the_first_user_moves_to_that_of_the_first():
    points = np.array([[0.0], [1], [-1]])
    assert generalised(points, np.array([1, 2, 0]), 2).tolist() == [0, 0, 0]
    points = np.array([[0.0], [0], [2], [4], [4]])
    assert generalised(points, np.array([2, 2, 0, 1, 1]), 2).tolist() == [0, 0, 0, 1, 1]


cases = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 5), min_size=n, max_size=n),
        st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=n, max_size=n),
        st.integers(0, n),
    )
)


@given(cases)
def test_each_segment_has_enough_users_and_is_made_of_whole_ones(case):
    labels, points, least = case
    found, points = np.unique(labels, return_inverse=True)[1], np.array(points, float)
    made = generalised(points, found, least)
    sizes = np.bincount(made)
    assert sizes.min() >= max(least, 1) and sizes.sum() == len(found)
    assert all(len(set(made[found == label])) == 1 for label in set(found))
    # Two that had enough were never made one.
    for label in range(len(sizes)):
        assert (np.bincount(found[made == label]) >= max(least, 1)).sum() <= 1
    assert squares(points, made) >= squares(points, found) - 1e-9
    shuffled = np.random.default_rng(1).permutation(found.max() + 1)[found]
    other = generalised(points, shuffled, least)
    assert np.array_equal(other[:, None] == other, made[:, None] == made)


@pytest.mark.parametrize(
    ("users", "least", "kept"),
    [
        ([[9, 0, 7]], 5, [[True, True, True]]),
        ([[9, 4, 7]], 5, [[True, False, False]]),  # 4 alone would follow from the sum
        ([[9, 4, 3]], 5, [[True, False, False]]),  # 7 together are enough
        ([[4, 0, 0]], 5, [[False, False, False]]),
        ([[6, 6, 1]], 5, [[False, True, False]]),
        ([[1, 0, 2]], 0, [[True, True, True]]),
    ],
)
def test_cells_of_few_users_go_and_with_them_what_would_tell_of_them(users, least, kept):
    users = np.array(users)
    assert of_enough(users, np.ones(users.shape, bool), least).tolist() == kept


tables = st.integers(1, 5).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=1, max_size=6)
)


@given(tables, st.integers(0, 8), st.randoms(use_true_random=False))
def test_nothing_kept_tells_of_few_and_nothing_is_left_out_without_need(rows, least, random):
    users = np.array(rows)
    listed = np.array([[random.random() < 0.8 for _ in row] for row in rows])
    kept = of_enough(users, listed, least)
    assert not (kept & ~listed).any()
    for row, is_listed, is_kept in zip(users, listed, kept, strict=True):
        rest = row[~is_kept].sum()
        assert all(n == 0 or n >= least for n in row[is_kept])
        assert not is_kept.any() or rest == 0 or rest >= least
        # No larger choice of cells would do: by trying them all.
        able = [at for at in np.flatnonzero(is_listed) if row[at] == 0 or row[at] >= least]
        for n in range(int(is_kept.sum()) + 1, len(able) + 1):
            for some in combinations(able, n):
                left = row.sum() - row[list(some)].sum()
                assert 0 < left < least


def test_means_of_few_users_are_not_told_nor_named():
    """Of nine users four make the second segment; one of the first and two of the second spend on b."""
    spend = [[4, 0]] * 4 + [[1, 1]] + [[0, 0]] * 2 + [[0, 3]] * 2
    given = told([[1, 1, 1]] * 5 + [[2, 2, 2]] * 4, spend)
    labels, everyone = np.array([0] * 5 + [1] * 4), np.ones(9, bool)
    points = points_of(given, everyone, SegmentsSettings())
    free, held = (profiles_of(given, points, labels, least) for least in (0, 3))
    assert not np.isnan(free.mean).any() and (free.difference[:, 3:] != 0).all()
    # a: five of the first, none of the second; b: one and two, who are enough together and not apart.
    assert np.isnan(held.mean).tolist() == [[False] * 4 + [True]] * 2
    assert held.difference[:, 4].tolist() == [0, 0]
    assert np.array_equal(held.mean[:, :4], free.mean[:, :4])


def lost(**of_all):
    rows = [{"measure": name, "segment": "all", "found": a, "published": b} for name, (a, b) in of_all.items()]
    parts = [{"measure": "parts", "segment": str(n), "found": k, "published": 1.0} for n, k in ((1, 1.0), (3, 2.0))]
    return [{**row, "min_users": 20} for row in rows + parts]


def test_what_it_cost_is_said_in_three_lines():
    rows = {"segments": (3.0, 2.0), "squares": (100.0, 104.0), "silhouette": (0.25, 0.2), "profiles": (30.0, 28.0),
            "items": (1200.0, 7.0), "rules": (0.0, 0.0)}  # fmt: skip
    said = list(cost_of(lost(**rows, users=(200.0, 195.0))))
    assert said == [
        "20 users at least: 3 found are 2 (3 of 2)",
        "    moved: 2.5% of users; spread within +4.0%; silhouette 0.250 -> 0.200",
        "    rows: profiles 30 -> 28, items 1,200 -> 7, rules 0 -> 0",
    ]
    assert max(map(len, said)) <= WIDTH
    assert "moved: too few users to say" in list(cost_of(lost(**rows, users=(200.0, None))))[1]
    assert list(cost_of([])) == []
