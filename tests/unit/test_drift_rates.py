"""The two-proportion test and Benjamini-Hochberg by hand and beside scipy; the loss of a gain."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, norm

from basketry.drift.rates import false_discovery, loss, two_proportions


def p_of(hits, n, later_hits, later_n):
    return two_proportions(*(np.array([each]) for each in (hits, n, later_hits, later_n)))[0]


def test_two_proportions_are_what_a_hand_computes():
    # Pooled 60 of 200: spread sqrt(.3 * .7 * (1/100 + 1/100)) = .0648; z = .2 / .0648 = 3.086.
    assert p_of(40, 100, 20, 100) == pytest.approx(2 * norm.sf(0.2 / np.sqrt(0.3 * 0.7 * 0.02)), rel=1e-12)
    assert p_of(40, 100, 20, 100) == pytest.approx(0.00203, abs=1e-5)
    assert p_of(40, 100, 40, 100) == 1


def test_two_proportions_are_chi_square_of_the_2x2_table():
    random = np.random.default_rng(5)
    n, later_n = random.integers(200, 900, 40), random.integers(80, 300, 40)
    hits, later_hits = random.binomial(n, 0.4), random.binomial(later_n, 0.45)
    wanted = [
        chi2_contingency([[a, m - a], [b, k - b]], correction=False).pvalue
        for a, m, b, k in zip(hits, n, later_hits, later_n, strict=True)
    ]
    assert two_proportions(hits, n, later_hits, later_n) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    "counts", [(40, 100, 0, 0), (4, 100, 5, 80), (97, 100, 90, 95), (40, 100, 1, 11), (0, 100, 0, 100)]
)
def test_too_few_expected_hits_or_misses_are_not_tested(counts):
    assert np.isnan(p_of(*counts))


def test_a_rule_that_was_never_seen_again_is_tested():
    assert p_of(40, 100, 0, 50) < 1e-6


def test_benjamini_hochberg_is_what_a_hand_computes_and_leaves_out_what_was_not_tested():
    # Of 4: .01 * 4/1, .02 * 4/2, .03 * 4/3, .5 * 4/4; each at most that of the next larger p.
    found = false_discovery(np.array([0.5, 0.01, np.nan, 0.03, 0.02]))
    assert found[[0, 1, 3, 4]] == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert np.isnan(found[2])
    assert np.isnan(false_discovery(np.array([np.nan, np.nan]))).all()


def test_a_loss_is_one_sided_and_knows_the_spread_of_both():
    one = np.ones(4)
    later = np.array([0.8, 1.2, 1.0, 0.8])
    error = np.array([0.06, 0.06, 0.0, 0.6])
    p = loss(one, error, later, error * 4 / 3)
    assert p[:2] == pytest.approx(norm.cdf(np.log(later[:2]) / 0.1))
    assert (p[2], p[3]) == (0.5, pytest.approx(norm.cdf(np.log(0.8))))
    assert loss(one[:1], error[:1], np.zeros(1), np.zeros(1))[0] == 0
