"""Metrics of the lists themselves, by hand; edges by name."""

from math import log2

import numpy as np
import pyarrow as pa
import pytest

from basketry.evaluation.shown import Known, Shown, coverage, diversity, gini, novelty, repeat_share

# Four items in 4, 2, 1 and 1 of 8 purchases; the first two of one category, the last two of none: each its own.
KNOWN = Known(pa.array(["a", "b", "c", "d"]), np.array([4, 2, 1, 1]), np.array([0, 0, 6, 7]))
NAN = float("nan")


def shown(*lists, bought=None):
    items = np.array(lists)
    return Shown(items, np.zeros(items.shape) if bought is None else np.array(bought), KNOWN)


LISTS = shown([0, 1, 2], [0, 2, -1], [3, -1, -1], [-1, -1, -1])


def test_novelty_is_the_mean_surprise_in_bits():
    assert novelty(LISTS, 3)[:3].tolist() == pytest.approx([(1 + 2 + 3) / 3, (1 + 3) / 2, -log2(1 / 8)])
    assert novelty(LISTS, 1)[:3].tolist() == [1, 1, 3]


def test_diversity_is_the_share_of_pairs_of_two_categories():
    assert diversity(LISTS, 3)[:2].tolist() == pytest.approx([2 / 3, 1])
    assert diversity(LISTS, 2)[:2].tolist() == [0, 1]


def test_items_without_a_category_are_all_different():
    assert diversity(shown([2, 3, -1]), 3).tolist() == [1]


def test_a_list_of_one_has_no_pair_and_no_list_says_nothing():
    assert np.isnan(diversity(LISTS, 3)[2:]).all()
    assert np.isnan(novelty(LISTS, 3)[3]) and np.isnan(repeat_share(LISTS, 3)[3])


def test_repeat_share_is_of_the_places_that_are_filled():
    found = repeat_share(shown([0, 1, 2], [0, 1, -1], bought=[[1, 0, 0], [1, 1, 0]]), 3)
    assert found.tolist() == pytest.approx([1 / 3, 1])


def test_nobody_has_no_repeat_share():
    assert np.isnan(repeat_share(shown([0, 1], bought=[[NAN, NAN]]), 2)).all()


def test_coverage_is_the_share_of_the_catalogue_in_any_list():
    assert coverage(LISTS, 1) == 2 / 4
    assert coverage(LISTS, 3) == 1


def test_gini_is_0_of_even_lists_and_1_of_one_item():
    assert gini(shown([0, 1], [2, 3]), 2) == 0
    assert gini(shown([2], [2], [2]), 1) == 1


def test_gini_by_hand():
    # Listed 2, 1, 2 and 1 times. Mean absolute difference of the 12 ordered pairs: 8 / 12; over twice the mean, 1.5.
    assert gini(LISTS, 3) == pytest.approx(8 / 12 / (2 * 1.5))


def test_no_list_at_all_has_no_gini():
    assert np.isnan(gini(shown([-1, -1]), 2))
    assert coverage(shown([-1, -1]), 2) == 0


@pytest.mark.parametrize("metric", [novelty, diversity, repeat_share, coverage, gini])
def test_k_beyond_the_catalogue_changes_nothing(metric):
    assert np.array_equal(metric(LISTS, 99), metric(LISTS, 3), equal_nan=True)
