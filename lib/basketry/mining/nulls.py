"""How often two items would meet if only chance and the size of baskets brought them together.

Both nulls give each item a vector over strata; the expected count of a pair is the product of two such vectors.

- strata: within a stratum items are independent: sum over s of n_a,s * n_b,s / n_s.
- margins: maximum entropy given each item's count and each basket's size (bipartite configuration model, Saracco
  et al. 2017): a basket of size k holds item a with p_ka = x_k y_a / (1 + x_k y_a); sum over k of n_k p_ka p_kb.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import pdtr, pdtrc

from basketry.mining.coding import Array

ROUNDS = 2_000
TOLERANCE = 1e-9
# What a core's own cache holds: of more, sums take three times as long.
PAIRS_AT_ONCE = 16_384
# Where fewer baskets than this are expected later, one cannot tell whether a pair or rule repeated (Cochran's rule).
CHECKABLE = 5.0


class Margins(NamedTuple):
    """What the nulls know of S strata and I items: `baskets` [S], `lines` [S], `counts` [S, I]: baskets of an item."""

    baskets: Array
    lines: Array
    counts: Array


def strata_vectors(margins: Margins) -> Array:
    """[S, I]: n_a,s / sqrt(n_s)."""
    return np.asarray(margins.counts / np.sqrt(margins.baskets)[:, None])


def margin_vectors(margins: Margins) -> Array:
    """[S, I]: p_sa * sqrt(n_s), for the mean size of each stratum.

    `counts` must cover every item of the lake: the margins are those of whole baskets. Solved by fixed point over
    the distinct counts, since items of one count have one y.
    """
    totals, at = np.unique(margins.counts.sum(axis=0), return_inverse=True)
    share = _fitted(margins.baskets.astype(float), margins.lines / margins.baskets, totals, np.bincount(at))
    return np.asarray((share * np.sqrt(margins.baskets)[:, None])[:, at])


def _fitted(baskets: Array, sizes: Array, totals: Array, n_items: Array) -> Array:
    """p [S, T] with sum over s of baskets * p = totals, and sum over t of n_items * p = sizes."""
    scale = np.sqrt(max(float(baskets @ sizes), 1.0))
    x, y = sizes / scale, totals / scale
    for _ in range(ROUNDS):
        x_new = sizes / np.maximum(((n_items * y) / (1 + np.outer(x, y))).sum(axis=1), 1e-300)
        y_new = totals / np.maximum(((baskets * x_new)[:, None] / (1 + np.outer(x_new, y))).sum(axis=0), 1e-300)
        moved = max(np.abs(x_new - x).max() / x_new.max(), np.abs(y_new - y).max() / y_new.max())
        x, y = x_new, y_new
        if moved < TOLERANCE:
            break
    product = np.outer(x, y)
    return np.asarray(product / (1 + product))


def expected(vectors: Array, left: Array, right: Array) -> Array:
    """The expected baskets of the pairs (left[i], right[i]), to the last bit the same in whatever company a pair comes.

    Added stratum by stratum: a sum that numpy arranges by the shape of its input would differ with the partitioning.
    """
    total = np.zeros(len(left))
    for first in range(0, len(left), PAIRS_AT_ONCE):
        some = slice(first, first + PAIRS_AT_ONCE)
        for row in vectors:
            total[some] += row.take(left[some]) * row.take(right[some])
    return total


def tail(n: Array, mean: Array) -> Array:
    """Poisson probability of `n` or more when n >= mean, of `n` or fewer otherwise.

    A sum of unequal coin tosses is less spread than a Poisson of its mean, so this errs to the safe side.
    """
    p, more = np.empty(len(n)), n >= mean
    p[more], p[~more] = upper_tail(n[more], mean[more]), pdtr(n[~more], mean[~more])
    return p


def upper_tail(n: Array, mean: Array) -> Array:
    """Poisson probability of `n` or more."""
    return np.asarray(np.where(n > 0, pdtrc(np.maximum(n - 1, 0), mean), 1.0))


class Discovery(NamedTuple):
    """p in ascending order without repeats, and the false discovery rate q of calling all up to it real."""

    p: Array
    q: Array

    def of(self, p: Array) -> Array:
        """q of each p that took part."""
        return np.asarray(self.q[np.searchsorted(self.p, p)])

    def cutoff(self, max_q: float) -> float:
        """The largest p that is called real; -1 when none is."""
        n_called = int(np.searchsorted(self.q, max_q, side="right"))
        return float(self.p[n_called - 1]) if n_called else -1.0

    def only(self, p: Array) -> "Discovery":
        """The same, with no more p than these."""
        kept = np.unique(p)
        return Discovery(kept, self.of(kept))


class TwoSided(NamedTuple):
    """Counts above what chance expects are one family of hypotheses, those below another; `more` says which."""

    more: Discovery
    less: Discovery

    def of(self, more: Array, p: Array) -> Array:
        """q of each p that took part."""
        q = np.empty(len(p))
        q[more], q[~more] = self.more.of(p[more]), self.less.of(p[~more])
        return q

    def called(self, more: Array, p: Array, max_q: float) -> Array:
        """Whether each is significant."""
        return np.asarray(p <= np.where(more, self.more.cutoff(max_q), self.less.cutoff(max_q)))

    def only(self, more: Array, p: Array) -> "TwoSided":
        """The same, with no more p than these."""
        return TwoSided(self.more.only(p[more]), self.less.only(p[~more]))


def discoveries(more: Array, p: Array, n_tests: float) -> TwoSided:
    """Both families of `n_tests` hypotheses each."""
    return TwoSided(benjamini_hochberg(p[more], n_tests), benjamini_hochberg(p[~more], n_tests))


def benjamini_hochberg(p: Array, n_tests: float) -> Discovery:
    """q over `n_tests` hypotheses of which those not in `p` have a larger p (Benjamini & Hochberg 1995)."""
    ordered, n = np.unique(p, return_counts=True)
    raw = ordered * n_tests / np.cumsum(n)
    return Discovery(ordered, np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0))
