"""DBSCAN against scikit-learn on points of five shapes; the knee of k-distances; settings that cannot be."""

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn import cluster, datasets, metrics

from basketry.segments.dbscan import NOISE, dbscan
from basketry.segments.near import Edges, k_distances, knee
from basketry.segments.settings import GroupSettings

RNG = np.random.default_rng(1)
SHAPES = {
    "blobs": (datasets.make_blobs(300, centers=4, cluster_std=[0.4, 1, 2, 0.2], random_state=2)[0], 0.7, 5),
    "moons": (datasets.make_moons(300, noise=0.08, random_state=3)[0], 0.15, 6),
    "rings": (datasets.make_circles(300, noise=0.05, factor=0.5, random_state=4)[0], 0.2, 4),
    "noise alone": (RNG.random((300, 5)), 0.3, 5),
    # Distances of exactly eps, and repeated points.
    "grid": (np.array([(x, y) for x in range(12) for y in range(12) if (x * y) % 5] * 2, float), 1.0, 6),
    "directions": (
        np.vstack([v / np.linalg.norm(v, axis=1, keepdims=True) for v in [RNG.normal(size=(300, 6))]]),
        0.5,
        4,
    ),
}


def edges_of(points, eps):
    distance = metrics.pairwise_distances(points)
    one, other = np.nonzero(np.triu(distance <= eps, 1))
    return Edges(len(points), one, other, distance[one, other])


@pytest.mark.parametrize("shape", SHAPES)
def test_dbscan_is_scikit_learns(shape):
    points, eps, min_points = SHAPES[shape]
    ours, theirs = (
        dbscan(edges_of(points, eps), min_points),
        cluster.DBSCAN(eps=eps, min_samples=min_points).fit(points),
    )
    assert np.flatnonzero(ours.is_core).tolist() == theirs.core_sample_indices_.tolist()
    assert np.array_equal(ours.label == NOISE, theirs.labels_ == NOISE)
    pairs = set(zip(ours.label[ours.is_core].tolist(), theirs.labels_[ours.is_core].tolist(), strict=True))
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    # A border point is in a group of a core in its reach.
    name = dict(pairs)
    distance = metrics.pairwise_distances(points)
    for point in np.flatnonzero(~ours.is_core & (ours.label != NOISE)):
        near = np.flatnonzero(ours.is_core & (distance[point] <= eps))
        assert name[ours.label[point]] in theirs.labels_[near]
        nearest = near[np.lexsort((near, distance[point, near]))[0]]
        assert ours.label[point] == ours.label[nearest]


def test_a_border_point_between_two_groups_goes_to_the_nearest_core_not_to_the_first_visited():
    points = np.array([[0.0], [0.1], [0.15], [0.2], [0.3], [1.2], [2.0], [2.1], [2.2], [2.3], [2.4]])
    ours, theirs = dbscan(edges_of(points, 0.95), 5), cluster.DBSCAN(eps=0.95, min_samples=5).fit(points)
    assert np.flatnonzero(~ours.is_core).tolist() == [5]
    assert ours.label[5] == ours.label[6] != ours.label[4]
    assert theirs.labels_[5] == theirs.labels_[4]


def test_no_points_and_no_neighbours_are_no_groups():
    none = np.empty(0, int)
    assert len(dbscan(Edges(0, none, none, np.empty(0)), 3).label) == 0
    assert dbscan(Edges(3, none, none, np.empty(0)), 3).label.tolist() == [NOISE] * 3


def test_k_distances_are_those_of_all_pairs():
    points = SHAPES["blobs"][0]
    expected = np.sort(np.sort(metrics.pairwise_distances(points), axis=1)[:, 4])
    assert k_distances(points, 4) == pytest.approx(expected)


def test_the_knee_stands_before_the_rise():
    assert knee(np.array([1, 1.1, 1.2, 1.3, 1.4, 5, 9])) == 1.4
    assert knee(np.array([2.0, 2.0])) == 2.0


def test_dbscan_at_the_knee_finds_dense_groups_amid_noise():
    points, label = datasets.make_blobs(
        600, centers=[(-6, -6), (6, 6), (-6, 6), (6, -6), (0, 0)], cluster_std=0.5, random_state=5
    )
    noise = RNG.uniform(points.min(axis=0), points.max(axis=0), size=(60, 2))
    every = np.vstack([points, noise])
    found = dbscan(edges_of(every, knee(k_distances(every, 4))), 5)
    assert metrics.adjusted_rand_score(label, found.label[:600]) > 0.95


def test_pairs_have_no_vectors():
    with pytest.raises(ValidationError, match="needs vectors, which pairs have not"):
        GroupSettings(by="pairs", method="ward")
