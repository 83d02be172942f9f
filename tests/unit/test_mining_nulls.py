"""Expected counts, Poisson tails and false discovery rates against sums worked by hand or by brute force."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import false_discovery_control, poisson

from basketry.mining.nulls import (
    Margins,
    benjamini_hochberg,
    expected,
    margin_vectors,
    strata_vectors,
    tail,
)
from basketry.mining.strata import EDGES, strata_of


def test_strata_expect_the_sum_of_products_within_each_stratum():
    margins = Margins(np.array([10, 20]), np.array([10, 40]), np.array([[4.0, 5.0], [6.0, 10.0]]))
    found = expected(strata_vectors(margins), np.array([0]), np.array([1]))
    assert found == pytest.approx([4 * 5 / 10 + 6 * 10 / 20])


def test_margins_keep_the_count_of_every_item_and_the_size_of_every_basket():
    counts = np.array([[30.0, 10.0, 5.0, 5.0], [60.0, 40.0, 35.0, 15.0]])
    margins = Margins(np.array([50, 75]), counts.sum(axis=1), counts)
    share = margin_vectors(margins) / np.sqrt(margins.baskets)[:, None]
    assert (share.T @ margins.baskets) == pytest.approx(counts.sum(axis=0))
    assert share.sum(axis=1) == pytest.approx(margins.lines / margins.baskets)
    odds = share / (1 - share)
    assert odds[0] / odds[1] == pytest.approx(np.full(4, odds[0, 0] / odds[1, 0]))


@pytest.mark.parametrize("n", [0, 1, 3, 12])
def test_tail_is_on_the_side_where_the_count_lies(n):
    mean = 3.0
    by_hand = poisson.pmf(np.arange(n, 200), mean).sum() if n >= mean else poisson.pmf(np.arange(n + 1), mean).sum()
    assert tail(np.array([n]), np.array([mean])) == pytest.approx([by_hand])


def test_far_tails_do_not_round_to_nothing():
    assert 0 < tail(np.array([150]), np.array([10.0]))[0] < 1e-100


def test_q_is_that_of_scipy_when_every_test_is_given():
    p = np.random.default_rng(5).random(200) ** 3
    p[:10] = p[10:20]
    assert benjamini_hochberg(p, 200).of(p) == pytest.approx(false_discovery_control(p))


def test_q_counts_tests_that_are_not_given():
    p = np.array([0.001, 0.01])
    assert benjamini_hochberg(p, 100).of(p) == pytest.approx(false_discovery_control([*p, *[1.0] * 98])[:2])


def test_no_pairs_is_no_discovery():
    assert benjamini_hochberg(np.empty(0), 10).of(np.empty(0)).tolist() == []


def test_strata_are_exact_to_60_then_no_wider_than_5_percent():
    assert strata_of(np.array([1, 59, 60, 61, 63, 64, 1000])).tolist()[:6] == [1, 59, 60, 61, 61, 64]
    wide = [later - first for first, later in pairwise(EDGES)]
    assert all(width <= max(1, 0.05 * first) for first, width in zip(EDGES, wide, strict=False))
