"""Which points lie within a distance of each other: every such pair, found block by block in Spark's tasks."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.segments.arrays import Floats, Ints
from basketry.segments.settings import GroupSettings

BLOCK = 1024
SAMPLED = 2000
# What a product of blocks may be off by, relative to the squares of its vectors; differences then decide.
SLACK = 1e-9


class Edges(NamedTuple):
    """Neighbours among N points: `one` < `other` and their `distance`, [E] each, sorted by both."""

    n: int
    one: Ints
    other: Ints
    distance: Floats

    def within(self, eps: float) -> "Edges":
        """Those of a distance of `eps` or less."""
        kept = self.distance <= eps
        return Edges(self.n, self.one[kept], self.other[kept], self.distance[kept])


def edges_within(
    spark: SparkSession, points: Floats, eps: float, settings: GroupSettings, *, block: int = BLOCK
) -> Edges:
    """Every pair of `points` [N, D] at a Euclidean distance of `eps` or less.

    Each task holds all points and products of `block` x `block`. Raises ContractError beyond max_items or max_edges.
    """
    if len(points) > settings.max_items:
        raise ContractError(
            f"{len(points):,} items are more than segments.groups.max_items = {settings.max_items:,}: let fewer "
            "have an embedding (embeddings.min_count), or raise it with the memory of the workers"
        )
    found = _found(spark, points, eps, block).persist(StorageLevel.MEMORY_AND_DISK)
    n = found.count()
    if n > settings.max_edges:
        raise ContractError(
            f"segments.groups.eps = {eps:.4g} gives {n:,} pairs of neighbours, more than max_edges = "
            f"{settings.max_edges:,}: set eps lower, or raise max_edges at 16 bytes a pair"
        )
    rows = found.orderBy("one", "other").toArrow()
    found.unpersist()
    one, other, distance = (rows[name].to_numpy() for name in ("one", "other", "distance"))
    return Edges(len(points), one.astype(np.int64), other.astype(np.int64), distance)


def k_distances(points: Floats, k: int) -> Floats:
    """Distance to the k-th nearest other point, ascending, of SAMPLED points evenly spaced, or of all."""
    sample = np.unique(np.linspace(0, len(points) - 1, SAMPLED).astype(int)) if len(points) else np.empty(0, int)
    found = []
    for first in range(0, len(sample), 256):
        squared = _squared(points[sample[first : first + 256]], points)
        place = min(k, len(points) - 1)
        found.append(np.partition(squared, place, axis=1)[:, place])
    return np.sort(np.sqrt(np.maximum(np.concatenate(found), 0.0))) if found else np.empty(0)


def knee(ascending: Floats) -> float:
    """The value furthest below the chord of the curve (Satopaa et al. 2011, for a convex rising curve).

    The last value when the curve is flat.
    """
    height = ascending[-1] - ascending[0]
    if not height > 0:
        return float(ascending[-1])
    below = np.linspace(0, 1, len(ascending)) - (ascending - ascending[0]) / height
    return float(ascending[below.argmax()])


def _found(spark: SparkSession, points: Floats, eps: float, block: int) -> DataFrame:
    """one, other, distance."""
    shared = spark.sparkContext.broadcast(points)
    n_blocks = -(-len(points) // block)
    pairs = [(i, j) for i in range(n_blocks) for j in range(i, n_blocks)]

    def join(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for i, j in zip(batch["i"].to_pylist(), batch["j"].to_pylist(), strict=True):
                yield _between(shared.value, i * block, j * block, block, eps)

    n_tasks = min(len(pairs), 4 * spark.sparkContext.defaultParallelism)
    blocks = spark.createDataFrame(pairs, "i int, j int").repartition(n_tasks, F.col("i"), F.col("j"))
    return blocks.mapInArrow(join, "one int, other int, distance double")


def _between(points: Floats, first: int, second: int, block: int, eps: float) -> pa.RecordBatch:
    left, right = points[first : first + block], points[second : second + block]
    slack = SLACK * (np.square(left).sum(axis=1).max() + np.square(right).sum(axis=1).max() + eps**2)
    one, other = np.nonzero(_squared(left, right) <= eps**2 + slack)
    kept = one + first < other + second
    one, other = one[kept], other[kept]
    distance = np.sqrt(np.square(left[one] - right[other]).sum(axis=1))
    kept = distance <= eps
    columns = ((one[kept] + first).astype(np.int32), (other[kept] + second).astype(np.int32), distance[kept])
    return pa.RecordBatch.from_arrays([pa.array(column) for column in columns], ["one", "other", "distance"])


def _squared(left: Floats, right: Floats) -> Floats:
    return np.asarray(np.square(left).sum(axis=1)[:, None] + np.square(right).sum(axis=1) - 2 * left @ right.T)
