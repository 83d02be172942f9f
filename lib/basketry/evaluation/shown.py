"""Metrics of the lists themselves, whoever they are for and whatever was bought: how varied, how new, how fair.

Where a list is too short to have a value it is NaN and left out of the mean: no list is neither varied nor dull.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]


class Known(NamedTuple):
    """Every item known before the cut, by id: in how many baskets (above 0), and its category as a number."""

    items: pa.Array
    n_baskets: Ints
    category: Ints

    @property
    def share(self) -> Floats:
        """The item's share of all purchases."""
        return np.asarray(self.n_baskets / self.n_baskets.sum())


class Shown(NamedTuple):
    """What one model lists. `items` [cases, places]: position in the catalogue, -1 where the list has ended;
    `bought` [cases, places]: 1 what the user bought before, 0 what not, NaN of a case of nobody.
    """

    items: Ints
    bought: Floats
    known: Known


def novelty(shown: Shown, k: int) -> Floats:
    """Mean of -log2(share of purchases) over the first k (bits; Zhou et al. 2010); NaN of an empty list."""
    items = shown.items[:, :k]
    return _mean_where(-np.log2(shown.known.share)[items], items >= 0)


def diversity(shown: Shown, k: int) -> Floats:
    """Share of the pairs of the first k that are of different categories (Ziegler et al. 2005); NaN of under two.

    An item without a category is its own.
    """
    items = shown.items[:, :k]
    there, category = items >= 0, shown.known.category[items]
    both = np.triu(there[:, :, None] & there[:, None, :], 1)
    return _mean_where(category[:, :, None] != category[:, None, :], both)


def repeat_share(shown: Shown, k: int) -> Floats:
    """Share of the first k that the user bought before; NaN of an empty list and of nobody."""
    return _mean_where(shown.bought[:, :k], shown.items[:, :k] >= 0)


def coverage(shown: Shown, k: int) -> float:
    """Share of the catalogue that is among the first k of any list."""
    return float(np.count_nonzero(_times_listed(shown, k)) / len(shown.known.items))


def gini(shown: Shown, k: int) -> float:
    """How unevenly the first k of all lists fall on the catalogue: 0 each item as often, 1 all on one item.

    Sum over items by times listed x, least first, of (2i - n - 1) x_i, over (n - 1) * sum of x (Gini 1912, corrected
    for a sample); NaN without a list, and of a catalogue of one item.
    """
    times = np.sort(_times_listed(shown, k))
    n, total = len(times), times.sum()
    if n < 2 or not total:
        return float("nan")
    return float((2 * np.arange(1, n + 1) - n - 1) @ times / ((n - 1) * total))


def _times_listed(shown: Shown, k: int) -> Ints:
    items = shown.items[:, :k]
    return np.asarray(np.bincount(items[items >= 0], minlength=len(shown.known.items)))


def _mean_where(values: npt.NDArray[np.generic], where: npt.NDArray[np.bool_]) -> Floats:
    """The mean of each case's values at the places of `where`; NaN without any."""
    axes = tuple(range(1, values.ndim))
    n = where.sum(axis=axes)
    total = np.where(where, values, 0).sum(axis=axes)
    return np.asarray(np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0))


EACH: Mapping[str, Callable[[Shown, int], Floats]] = {
    "novelty": novelty,
    "diversity": diversity,
    "repeat_share": repeat_share,
}
TOGETHER: Mapping[str, Callable[[Shown, int], float]] = {"coverage": coverage, "gini": gini}
