"""Clusters of users by MLlib, for each number of clusters and several seeds, and the number that is chosen."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.ml.clustering import BisectingKMeans, KMeans
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry.segments.agreement import adjusted_rand, silhouette
from basketry.segments.arrays import Floats, Ints
from basketry.segments.settings import SegmentsSettings

ITERATIONS = 50


class Choice(NamedTuple):
    """A number of clusters: the `labels` [U] of its best fit, mean silhouette, mean adjusted Rand index of its fits."""

    k: int
    labels: Ints
    silhouette: float
    stability: float


def try_each(spark: SparkSession, points: Floats, settings: SegmentsSettings, *, seed: int) -> list[Choice]:
    """Every number of clusters from k_min to k_max, none above the number of different points: one when all are equal.

    `points` [U, P] are by user id. MLlib sums in the order of its partitions, so they go into one, in this order: at
    most max_fit_users of them.
    """
    n_different = len(np.unique(points, axis=0)) if points.shape[1] else 1
    if n_different == 1:
        return [Choice(1, np.zeros(len(points), np.int64), 0.0, 1.0)]
    rows = _in_one_partition(spark, points).persist()
    ks = range(min(settings.k_min, n_different), min(settings.k_max, n_different) + 1)
    found = [_choice(rows, points, k, settings, seed) for k in ks]
    rows.unpersist()
    return found


def choose(tried: list[Choice], settings: SegmentsSettings) -> Choice:
    """The largest silhouette among the numbers whose fits agree by min_stability; when none do, the most stable.

    Ties: the fewest.
    """
    stable = [each for each in tried if each.stability >= settings.min_stability]
    if not stable:
        return max(tried, key=lambda each: (each.stability, -each.k))
    return max(stable, key=lambda each: (each.silhouette, -each.k))


def nearest(points: Floats, centres: Floats) -> Ints:
    """The nearest of the centres [K, P], the first of equal ones."""
    squared = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2 * points @ centres.T
    return np.asarray(squared.argmin(axis=1))


def centres_of(points: Floats, labels: Ints) -> Floats:
    """[K, P]: means of the points of each label."""
    own = np.eye(int(labels.max()) + 1)[labels]
    return np.asarray((own.T @ points) / own.sum(axis=0)[:, None])


def kmeans_labels(spark: SparkSession, points: Floats, k: int, *, seed: int) -> Ints:
    """[N]: labels from 0 of one fit of `points` [N, P], which are in a fixed order."""
    rows = _in_one_partition(spark, points).persist()
    labels = _fit(rows, points, k, "kmeans", seed)
    rows.unpersist()
    return labels


def _choice(rows: DataFrame, points: Floats, k: int, settings: SegmentsSettings, seed: int) -> Choice:
    fits = [_fit(rows, points, k, settings.algorithm, seed + n) for n in range(settings.n_seeds)] if k > 1 else []
    if not fits:
        return Choice(k, np.zeros(len(points), np.int64), 0.0, 1.0)
    best = min(range(len(fits)), key=lambda n: (_cost(points, fits[n]), n))
    agreed = [adjusted_rand(one, other) for one, other in combinations(fits, 2)]
    return Choice(k, fits[best], float(silhouette(points, fits[best]).mean()), float(np.mean(agreed)))


def _fit(rows: DataFrame, points: Floats, k: int, algorithm: str, seed: int) -> Ints:
    """Labels from 0 without gaps: a centre that is nobody's nearest makes no cluster."""
    made = (KMeans if algorithm == "kmeans" else BisectingKMeans)(
        featuresCol="point", k=k, seed=seed, maxIter=ITERATIONS
    )
    label = nearest(points, np.array(made.fit(rows).clusterCenters()))
    return np.asarray(np.unique(label, return_inverse=True)[1], np.int64)


def _cost(points: Floats, labels: Ints) -> float:
    return float(((points - centres_of(points, labels)[labels]) ** 2).sum())


def _in_one_partition(spark: SparkSession, points: Floats) -> DataFrame:
    flat = pa.array(np.ascontiguousarray(points).ravel())
    offsets = np.arange(0, points.size + 1, points.shape[1], dtype=np.int32)
    rows = pa.table({"position": np.arange(len(points)), "point": pa.ListArray.from_arrays(offsets, flat)})
    told = spark.createDataFrame(rows).repartition(1).sortWithinPartitions("position")
    return told.select("position", array_to_vector(F.col("point")).alias("point"))
