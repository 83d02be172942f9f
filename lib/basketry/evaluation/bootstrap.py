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
    with replacement, the same ones for every row.

    The mean of a draw is the sum of its users' values over its users' cases (Efron and Tibshirani 1993, percentile).
    """
    sums = np.stack([np.bincount(users, weights=row) for row in values], axis=1)
    sizes = np.bincount(users)
    random = np.random.default_rng(seed)
    n = len(sizes)
    means = []
    for start in range(0, n_bootstrap, DRAWN_AT_ONCE):
        draws = random.multinomial(n, np.full(n, 1 / n), size=min(DRAWN_AT_ONCE, n_bootstrap - start))
        means.append((draws @ sums) / (draws @ sizes)[:, None])
    ends = np.quantile(np.concatenate(means), [0.025, 0.975], axis=0)
    return [Interval(float(low), float(high)) for low, high in ends.T]
