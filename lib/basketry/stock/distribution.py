"""Demand of a period as a distribution of its mean and spread: quantiles, expected shortage, and the level for it."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom, norm, poisson

Array = npt.NDArray[Any]
# A variance so little above the mean is Poisson's.
WIDER = 1.001


class Distribution:
    """Demand of each unit [units]: normal from `normal_from` on, else negative binomial, or Poisson when no wider.

    The negative binomial has the mean m and the variance v = sd^2: r = m^2 / (v - m), p = m / v.
    """

    def __init__(self, mean: Array, sd: Array, normal_from: float) -> None:
        self.mean = np.asarray(mean, float)
        self.variance = np.maximum(np.asarray(sd, float) ** 2, self.mean)
        self.is_normal = self.mean >= normal_from
        self.is_wide = ~self.is_normal & (self.variance > self.mean * WIDER) & (self.mean > 0)
        wide_mean, wide = np.where(self.is_wide, self.mean, 1.0), np.where(self.is_wide, self.variance, 2.0)
        self._r, self._p = wide_mean**2 / (wide - wide_mean), wide_mean / wide

    def quantile(self, share: Array) -> Array:
        """Smallest whole level [units] that demand exceeds with a chance of 1 - share at most."""
        normal = np.ceil(self.mean + norm.ppf(share) * np.sqrt(self.variance) - 1e-9)
        counted = np.where(self.is_wide, nbinom.ppf(share, self._r, self._p), poisson.ppf(share, self.mean))
        return np.asarray(np.maximum(np.where(self.is_normal, normal, counted), 0))

    def shortage(self, level: Array) -> Array:
        """Expected demand above the level [units], pieces: E[(D - level)+].

        Normal: sd (phi(z) - z (1 - Phi(z))) (Silver, Pyke, Thomas 2017, appendix). Counts: E[D; D > k] - k P(D > k),
        where E[D; D > k] = m P(D' >= k), D' being D for Poisson and with r + 1 for the negative binomial.
        """
        sd = np.sqrt(np.maximum(self.variance, 1e-12))
        z = (level - self.mean) / sd
        normal = sd * (norm.pdf(z) - z * norm.sf(z))
        narrow = self.mean * poisson.sf(level - 1, self.mean) - level * poisson.sf(level, self.mean)
        above = nbinom.sf(level - 1, self._r + 1, self._p)
        wide = self.mean * above - level * nbinom.sf(level, self._r, self._p)
        return np.asarray(np.maximum(np.where(self.is_normal, normal, np.where(self.is_wide, wide, narrow)), 0))

    def cover(self, allowed: Array) -> Array:
        """Smallest whole level [units] whose expected shortage is `allowed` [units] at most; 0 without demand."""
        high = np.ceil(self.mean)
        while (is_short := self.shortage(high) > allowed).any():
            high = np.where(is_short, 2 * high + 1, high)
        low = np.full_like(high, -1.0)
        while (is_open := high - low > 1).any():
            middle = np.where(is_open, np.floor((low + high) / 2), high)
            enough = self.shortage(middle) <= allowed
            high, low = np.where(enough, middle, high), np.where(enough, low, middle)
        return np.asarray(np.maximum(high, 0))
