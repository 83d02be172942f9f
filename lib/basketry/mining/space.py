"""The search space of pairs: which items take part, and what each null expects of any two of them."""

from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from basketry.mining.coding import Array
from basketry.mining.counts import Counts
from basketry.mining.nulls import Margins, margin_vectors, strata_vectors


class Space(NamedTuple):
    """`labels` sorted by name; `n` baskets of each label; `strata` and `margins` the nulls' vectors [S, I]."""

    labels: list[str]
    n: Array
    n_baskets: int
    strata: Array
    margins: Array

    @property
    def n_pairs(self) -> int:
        """Every pair that could have been found, seen or not: I (I - 1) / 2."""
        return len(self.labels) * (len(self.labels) - 1) // 2


def search_space(counts: Counts, min_count: int) -> Space:
    """The items in at least `min_count` baskets.

    On the driver: a matrix of strata (at most some 200) by items of the lake, 8 bytes each.
    """
    margins, names = collect_margins(counts)
    totals = margins.counts.sum(axis=0)
    return space_of(margins, names, [name for name, n in zip(names, totals, strict=True) if n >= min_count])


def space_of(margins: Margins, names: list[str], labels: list[str]) -> Space:
    """The space of given labels; one that has no basket here is expected nowhere."""
    at = dict(zip(names, range(len(names)), strict=True))
    chosen = np.array([at.get(label, -1) for label in labels], np.int64)

    def pick(matrix: Array) -> Array:
        return np.where(chosen >= 0, matrix[..., chosen], 0)

    return Space(
        labels,
        pick(margins.counts.sum(axis=0)) if names else np.zeros(len(labels)),
        int(margins.baskets.sum()),
        pick(strata_vectors(margins)),
        pick(margin_vectors(margins)),
    )


def collect_margins(counts: Counts) -> tuple[Margins, list[str]]:
    """The counts as arrays: strata ascending, items by name."""
    strata = counts.strata.orderBy("stratum").toArrow()
    items = counts.items.toArrow()
    names = pc.unique(items["item"]).sort()
    sizes = strata["stratum"].to_numpy()
    matrix = np.zeros((len(sizes), len(names)))
    rows = np.searchsorted(sizes, items["stratum"].to_numpy())
    matrix[rows, pc.index_in(items["item"], value_set=names).to_numpy()] = items["n"].to_numpy()
    return Margins(strata["n_baskets"].to_numpy(), strata["n_lines"].to_numpy(), matrix), names.to_pylist()
