"""Whether a rate of two periods is the same: the two-proportion test, and what of many tests is called real."""

import numpy as np
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from basketry.drift.psi import Floats, Ints

# Where fewer hits or misses are expected in a period, the normal is no good picture of the counts (Cochran's rule).
CHECKABLE = 5.0


def two_proportions(hits: Ints, n: Ints, later_hits: Ints, later_n: Ints) -> Floats:
    """p [R] of `hits` of `n` and `later_hits` of `later_n` having one rate, two-sided, by the pooled z-test.

    NaN where fewer than CHECKABLE hits or misses are expected in a period.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (hits + later_hits) / (n + later_n)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / later_n))
        p = 2 * ndtr(-np.abs(later_hits / later_n - hits / n) / spread)
    fewest = np.minimum(n, later_n) * np.minimum(pooled, 1 - pooled)
    return np.where(fewest >= CHECKABLE, p, np.nan)


def false_discovery(p: Floats) -> Floats:
    """q [R] over all p [R] that are no NaN (Benjamini & Hochberg 1995); NaN where p is."""
    q, is_tested = np.full(len(p), np.nan), ~np.isnan(p)
    if is_tested.any():
        q[is_tested] = false_discovery_control(p[is_tested])
    return q


def loss(gain: Floats, error: Floats, later_gain: Floats, later_error: Floats) -> Floats:
    """p [R] of a later gain so small or smaller, were both the same; errors are standard errors as shares of the gains.

    By the normal of the log of their ratio, each drawn alone: two runs that judge the same users are closer to each
    other than that, so this errs to the safe side.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.log(later_gain / gain) / np.hypot(error, later_error)
    # Without any spread and any change there is nothing to doubt.
    return np.asarray(ndtr(np.where(np.isnan(z), 0.0, z)))
