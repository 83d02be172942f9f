"""DBSCAN from the pairs of neighbours (Ester et al. 1996), exact."""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from basketry.segments.arrays import Bools, Ints
from basketry.segments.near import Edges

NOISE = -1


class Grouped(NamedTuple):
    """Of N points: `label` [N] from 0, or NOISE; `is_core` [N]."""

    label: Ints
    is_core: Bools


def dbscan(edges: Edges, min_points: int) -> Grouped:
    """Core points have min_points within reach, themselves counted; core points in reach of each other are one group.

    Core points and noise are scikit-learn's, and so are groups of core points but for their numbers. A border point,
    in reach of cores of several groups, goes to the nearest core, ties by position: scikit-learn gives it to the group
    that its order of visiting comes to first.
    """
    reach = np.bincount(edges.one, minlength=edges.n) + np.bincount(edges.other, minlength=edges.n) + 1
    is_core = reach >= min_points
    label = np.full(edges.n, NOISE, np.int64)
    both = is_core[edges.one] & is_core[edges.other]
    links = sparse.coo_array((np.ones(both.sum(), np.int8), (edges.one[both], edges.other[both])), (edges.n, edges.n))
    part = connected_components(links, directed=False)[1]
    label[is_core] = np.unique(part[is_core], return_inverse=True)[1]
    border, core = _nearest_cores(edges, is_core)
    label[border] = label[core]
    return Grouped(label, is_core)


def _nearest_cores(edges: Edges, is_core: Bools) -> tuple[Ints, Ints]:
    """Points in reach of a core that are none, each once, and the nearest core."""
    forth, back = ~is_core[edges.one] & is_core[edges.other], is_core[edges.one] & ~is_core[edges.other]
    border = np.concatenate([edges.one[forth], edges.other[back]])
    core = np.concatenate([edges.other[forth], edges.one[back]])
    order = np.lexsort((core, np.concatenate([edges.distance[forth], edges.distance[back]]), border))
    points, first = np.unique(border[order], return_index=True)
    return points, core[order][first]
