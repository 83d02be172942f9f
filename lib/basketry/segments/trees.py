"""Items joined two by two until one group is left, and the tree cut into groups."""

from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from basketry.errors import ContractError
from basketry.segments.arrays import Floats, Ints
from basketry.segments.near import Edges
from basketry.segments.settings import GroupSettings


class Dendrogram(NamedTuple):
    """`merges` [N - 1, 4] as scipy has them: two nodes, their distance, items; the `label` [N] of each item from 0."""

    merges: Floats
    label: Ints


def tree_of_points(points: Floats, settings: GroupSettings) -> Dendrogram:
    """By Ward's criterion, or mean distance, of `points` [N, D]. Raises ContractError beyond max_tree_items."""
    _check(len(points), settings)
    return _cut(pdist(points), len(points), settings)


def tree_of_pairs(edges: Edges, settings: GroupSettings) -> Dendrogram:
    """By mean distance, that of items never together being 1. Raises ContractError beyond max_tree_items."""
    _check(edges.n, settings)
    distances = np.ones(edges.n * (edges.n - 1) // 2)
    distances[edges.n * edges.one - edges.one * (edges.one + 1) // 2 + edges.other - edges.one - 1] = edges.distance
    return _cut(distances, edges.n, settings)


def _cut(distances: Floats, n: int, settings: GroupSettings) -> Dendrogram:
    if n < 2:
        return Dendrogram(np.empty((0, 4)), np.zeros(n, np.int64))
    merges = linkage(distances, method=settings.method)
    return Dendrogram(merges, fcluster(merges, settings.n_groups, criterion="maxclust").astype(np.int64) - 1)


def _check(n: int, settings: GroupSettings) -> None:
    if n > settings.max_tree_items:
        raise ContractError(
            f"segments.groups.method={settings.method} of {n:,} items takes {8 * n * n / 2**30:,.1f} GiB: more than "
            f"max_tree_items = {settings.max_tree_items:,}; use dbscan or kmeans, or let fewer items in "
            "(embeddings.min_count, mining.pair_min_count)"
        )
