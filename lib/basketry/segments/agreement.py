"""How well a clustering separates its points, and how far two clusterings agree."""

import numpy as np

from basketry.segments.arrays import Floats, Ints


def contingency(one: Ints, other: Ints) -> Ints:
    """[A, B]: points with label a in one and b in the other; labels are whole numbers from 0."""
    table = np.zeros((int(one.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1), np.int64)
    np.add.at(table, (one, other), 1)
    return table


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Pairs of points put together by both, chance taken out (Hubert & Arabie 1985): 1 when equal, 0 by chance.

    1 when both put every point alone, or all together.
    """
    table = contingency(one, other)
    together, left, right, every = (_pairs(n) for n in (table, table.sum(1), table.sum(0), np.array([len(one)])))
    expected = left * right / every if every else 0.0
    most = (left + right) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def silhouette(points: Floats, labels: Ints) -> Floats:
    """[N]: (b - a) / max(a, b), a the mean squared distance to the others of a point's own cluster, b to the nearest
    other cluster (Rousseeuw 1987); 0 for a point alone, and for all when there is one cluster.

    As MLlib's ClusteringEvaluator has it: means of squared distances follow from each cluster's sums.
    """
    n_labels = int(labels.max()) + 1
    own = np.eye(n_labels)[labels]
    n, norms = own.sum(axis=0), (points**2).sum(axis=1)
    sums = norms[:, None] * n + own.T @ norms - 2 * points @ (own.T @ points).T
    alone = n[labels] < 2
    a = sums[np.arange(len(labels)), labels] / np.maximum(n[labels] - 1, 1)
    b = np.where(own > 0, np.inf, sums / n).min(axis=1)
    width = np.maximum(np.maximum(a, b), np.finfo(float).tiny)
    return np.where(alone | np.isinf(b), 0.0, (b - a) / np.where(np.isinf(width), 1.0, width))


def _pairs(n: Ints) -> float:
    return float((n * (n - 1) / 2).sum())
