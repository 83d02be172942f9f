"""Quantiles, shortages and levels against closed forms, sums over counts and hand-worked cases."""

import numpy as np
import pytest
from scipy.stats import nbinom, norm, poisson

from basketry.stock.distribution import Distribution


def of(mean, sd, normal_from=50):
    return Distribution(np.array([mean]), np.array([sd]), normal_from)


def test_the_quantile_of_normal_demand_is_mean_and_z_deviations():
    # 100 + 1.2816 x 20 = 125.63
    assert of(100.0, 20.0).quantile(np.array([0.9])) == [126]
    assert of(100.0, 20.0).quantile(np.array([0.5])) == [100]


def test_the_quantile_of_poisson_demand_is_the_smallest_level_that_is_enough():
    # Poisson of mean 2: P(D <= 3) = .8571, P(D <= 4) = .9473
    assert of(2.0, 1.0).quantile(np.array([0.857])) == [3]
    assert of(2.0, 1.0).quantile(np.array([0.858])) == [4]


def test_demand_wider_than_poisson_needs_more():
    # Mean 2, variance 8: r = 4/6, p = 1/4.
    assert of(2.0, 8**0.5).quantile(np.array([0.95])) == [nbinom.ppf(0.95, 2 / 3, 0.25)] > [poisson.ppf(0.95, 2)]


@pytest.mark.parametrize(
    ("mean", "sd", "chance"),
    [(0.3, 0.1, poisson(0.3)), (7.0, 1.0, poisson(7)), (2.0, 8**0.5, nbinom(2 / 3, 0.25))],
)
def test_the_expected_shortage_is_the_sum_over_what_may_be_asked(mean, sd, chance):
    asked = np.arange(400)
    for level in (0, 1, 3, 9):
        expected = (np.maximum(asked - level, 0) * chance.pmf(asked)).sum()
        assert of(mean, sd).shortage(np.array([level]))[0] == pytest.approx(expected, abs=1e-9)


def test_the_expected_shortage_of_normal_demand_is_its_integral():
    x = np.linspace(110, 300, 400_001)
    expected = ((x - 110) * norm.pdf(x, 100, 20)).sum() * (x[1] - x[0])
    assert of(100.0, 20.0).shortage(np.array([110.0]))[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.0), (0.2, 0.5), (3.0, 1.0), (40.0, 30.0), (400.0, 90.0)])
@pytest.mark.parametrize("allowed", [0.01, 0.5, 5.0])
def test_the_level_is_the_smallest_that_allows_the_shortage(mean, sd, allowed):
    demand = of(mean, sd)
    level = demand.cover(np.array([allowed]))
    assert demand.shortage(level) <= allowed
    assert level == 0 or demand.shortage(level - 1) > allowed


def test_without_demand_nothing_is_held():
    nothing = of(0.0, 3.0)
    assert nothing.quantile(np.array([0.99])) == nothing.cover(np.array([0.0])) == [0]
