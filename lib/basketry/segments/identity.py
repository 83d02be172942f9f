"""Segments that keep their number from run to run, and the tree they make."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from basketry.segments.agreement import contingency
from basketry.segments.arrays import Floats, Ints, Names


def numbers_of(labels: Ints, users: Names, last: dict[str, int]) -> Ints:
    """[K]: the number of each cluster. By size on the first run, largest 1, ties by the first user.

    Later a cluster has the number of the `last` segment (by user) it shares most users with, all together as many as
    possible; the rest get numbers after the largest of the last run.
    """
    n_labels = int(labels.max()) + 1
    known = np.array([user in last for user in users])
    numbers = np.zeros(n_labels, np.int64)
    if known.any():
        kept, members = np.unique([last[user] for user in users[known]], return_inverse=True)
        shared = contingency(labels[known], members)
        for cluster, member in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
            numbers[cluster] = kept[member] if shared[cluster, member] else 0
    new = [label for label in _by_size(labels, n_labels) if not numbers[label]]
    first = max(last.values(), default=0) + 1
    numbers[new] = np.arange(first, first + len(new))
    return numbers


def _by_size(labels: Ints, n_labels: int) -> list[int]:
    size = np.bincount(labels, minlength=n_labels)
    earliest = [int(np.flatnonzero(labels == label)[0]) for label in range(n_labels)]
    return sorted(range(n_labels), key=lambda label: (-size[label], earliest[label]))


class Node(NamedTuple):
    """`node` is a segment's number, or below 0 for several segments, -1 everyone, whose `parent` is None.

    `height` is what joining its parts adds to the sum of squared distances; 0 of a segment.
    """

    node: int
    parent: int | None
    n_users: int
    height: float


def tree_of(centres: Floats, sizes: Ints, numbers: Ints) -> list[Node]:
    """The two nodes that cost least to join are joined, until one is left (Ward 1963), on centres that count by size.

    Of MLlib's BisectingKMeans the tree is private, and its leaves are other clusters than KMeans's.
    """
    open_nodes = {int(numbers[at]): (centres[at], int(sizes[at]), 0.0) for at in np.argsort(numbers)}
    found = []
    for name in range(1 - len(open_nodes), 0):
        cost, pair = min((_cost(open_nodes[a], open_nodes[b]), (a, b)) for a, b in combinations(open_nodes, 2))
        (left, n_left, _), (right, n_right, _) = (open_nodes[node] for node in pair)
        found += [Node(node, name, *open_nodes.pop(node)[1:]) for node in pair]
        open_nodes[name] = ((left * n_left + right * n_right) / (n_left + n_right), n_left + n_right, cost)
    return [*found, *(Node(node, None, n, height) for node, (_, n, height) in open_nodes.items())]


def joining_cost(centres: Floats, sizes: Ints, one: int) -> Floats:
    """[K]: what joining each of the clusters to `one` adds to the sum of squared distances; infinite for itself."""
    nodes = [(centre, int(n), 0.0) for centre, n in zip(centres, sizes, strict=True)]
    return np.array([np.inf if at == one else _cost(nodes[one], node) for at, node in enumerate(nodes)])


def _cost(one: tuple[Floats, int, float], other: tuple[Floats, int, float]) -> float:
    return float(((one[0] - other[0]) ** 2).sum() * one[1] * other[1] / (one[1] + other[1]))
