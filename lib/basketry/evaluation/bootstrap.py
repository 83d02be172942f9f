"""Means over cases, with an interval that resamples whole users: a user's cases are not independent."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Resamples drawn at a time: 100 times one number a user.
DRAWN_AT_ONCE = 100


class Interval(NamedTuple):
    """Ends of a 95 % percentile interval."""

    low: float
    high: float


def intervals(values: Floats, users: npt.NDArray[np.integer], n_bootstrap: int, *, seed: int) -> list[Interval]:
    """The interval of the mean of each row of `values` [series, cases] when `users` [cases] (numbers from 0) are drawn
    with replacement, the same ones for every row. A case that is NaN in a row does not count there: a slice is a row.

    The mean of a draw is the sum of its users' values over its users' cases (Efron and Tibshirani 1993, percentile);
    a draw without any case of a row says nothing of it.
    """
    sums = _by_user(np.nan_to_num(values), users)
    sizes = _by_user(~np.isnan(values), users)
    random = np.random.default_rng(seed)
    n = len(sizes)
    means = []
    for start in range(0, n_bootstrap, DRAWN_AT_ONCE):
        draws = random.multinomial(n, np.full(n, 1 / n), size=min(DRAWN_AT_ONCE, n_bootstrap - start)).astype(float)
        drawn = draws @ sizes
        means.append(np.divide(draws @ sums, drawn, out=np.full_like(drawn, np.nan), where=drawn > 0))
    return ends(np.concatenate(means))


def ends(draws: Floats) -> list[Interval]:
    """The interval of each column of `draws` [draws, series]; NaN are left out."""
    quantile = np.nanquantile if np.isnan(draws).any() else np.quantile
    return [Interval(float(low), float(high)) for low, high in quantile(draws, [0.025, 0.975], axis=0).T]


def _by_user(values: npt.NDArray[np.generic], users: npt.NDArray[np.integer]) -> Floats:
    """[users, series]: sums over each user's cases."""
    return np.stack([np.bincount(users, weights=row) for row in values], axis=1)
