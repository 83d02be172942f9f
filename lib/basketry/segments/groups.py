"""Groups of items, by what they are bought with."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry import tables
from basketry.segments.affinity import edges_of_pairs, pair_knee
from basketry.segments.arrays import Bools, Floats, Ints, Names, frame, names_of
from basketry.segments.clusters import kmeans_labels
from basketry.segments.dbscan import NOISE, Grouped, dbscan
from basketry.segments.judge import Quality, against_known, in_baskets
from basketry.segments.near import edges_within, k_distances, knee
from basketry.segments.settings import GroupSettings
from basketry.segments.trees import tree_of_pairs, tree_of_points

Say = Callable[..., None]


class Sources(NamedTuple):
    """silver of the period, gold.pairs and gold.item_embeddings; of the last two one may be empty.

    `unseen_days` last days of the period are not in gold.pairs.
    """

    items: DataFrame
    baskets: DataFrame
    pairs: DataFrame
    embeddings: DataFrame
    unseen_days: int


class ItemGroups(NamedTuple):
    """gold.item_groups, gold.item_tree (empty but for ward and average), gold.group_quality."""

    groups: DataFrame
    tree: DataFrame
    quality: DataFrame


class Found(NamedTuple):
    """Of N items by name: `label` [N] by size from 0, or NOISE; `is_core` [N]; the merges of a tree [N - 1, 4]."""

    items: Names
    label: Ints
    is_core: Bools
    merges: Floats


def group_items(
    sources: Sources, settings: GroupSettings, *, seed: int, say: Say = lambda *_, **__: None
) -> ItemGroups:
    """Without an item to group, which is said, the tables are empty. Raises as `edges_within` and `tree_of_points`."""
    spark = sources.baskets.sparkSession
    if settings.by == "pairs":
        found = _by_pairs(sources, settings, say)
    else:
        found = _by_embeddings(spark, sources.embeddings, settings, seed, say)
    label = found.label
    n_groups = int(label.max(initial=NOISE)) + 1
    say("groups", items=len(label), groups=n_groups, noise=int((label == NOISE).sum()), largest=_largest(label))
    judged = _judged(sources, found, settings, seed)
    for each in judged:
        say(each.metric, value=round(each.value, 4), shuffled=round(each.shuffled, 4), n=each.n)
    is_unseen = settings.by == "pairs" and settings.holdout_days <= sources.unseen_days
    rows = [(*each, is_unseen or each.metric != "together") for each in judged]
    quality = spark.createDataFrame(rows, tables.GROUP_QUALITY.schema)
    return ItemGroups(_group_rows(spark, found, settings), _tree_rows(spark, found), quality)


def _by_embeddings(spark: SparkSession, embeddings: DataFrame, settings: GroupSettings, seed: int, say: Say) -> Found:
    # Of cold items only what they share with others is known: they would all lie on each other.
    known = embeddings.where("not is_cold").select("item_id", "vector_in").orderBy("item_id").toPandas()
    if len(known) < 2:
        return _nothing(say, "gold.item_embeddings", "train_embeddings")
    vectors = np.stack(list(known["vector_in"])).astype(float)
    points = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    items = names_of(known["item_id"])
    if settings.method == "kmeans":
        return _found(items, kmeans_labels(spark, points, min(settings.n_groups, len(points)), seed=seed))
    if settings.method != "dbscan":
        tree = tree_of_points(points, settings)
        return _found(items, tree.label, merges=tree.merges)
    at_knee = knee(k_distances(points, settings.min_points - 1))
    eps = settings.eps or at_knee
    return _dense(items, dbscan(edges_within(spark, points, eps, settings), settings.min_points), eps, at_knee, say)


def _by_pairs(sources: Sources, settings: GroupSettings, say: Say) -> Found:
    items, edges = edges_of_pairs(sources.pairs, settings)
    if len(items) < 2:
        return _nothing(say, f"gold.pairs of level {settings.level}", "mine_rules, with mining.levels")
    if settings.method == "average":
        tree = tree_of_pairs(edges, settings)
        return _found(items, tree.label, merges=tree.merges)
    at_knee = pair_knee(edges, settings.min_points)
    eps = settings.eps or at_knee
    return _dense(items, dbscan(edges.within(eps), settings.min_points), eps, at_knee, say)


def _nothing(say: Say, table: str, step: str) -> Found:
    say(f"{table} has fewer than two items: no groups; run {step} on more baskets")
    none = np.empty(0, np.int64)
    return Found(names_of([]), none, none.astype(bool), np.empty((0, 4)))


def _dense(items: Names, found: Grouped, eps: float, at_knee: float, say: Say) -> Found:
    say("dbscan", eps=round(eps, 4), knee=round(at_knee, 4), core=int(found.is_core.sum()))
    if not found.is_core.any():
        say(
            f"every item is noise at segments.groups.eps = {eps:.4g}: the k-distances rise after {at_knee:.4g}; set "
            "eps there, or a smaller min_points"
        )
    elif 2 * _largest(found.label) > len(found.label):
        say(f"one group holds most items at segments.groups.eps = {eps:.4g}: set eps lower, or min_points higher")
    return _found(items, found.label, is_core=found.is_core)


def _found(items: Names, label: Ints, *, is_core: Bools | None = None, merges: Floats | None = None) -> Found:
    """Labels by size, largest first, ties by the first item."""
    kept = np.flatnonzero(label != NOISE)
    old, first, n = np.unique(label[kept], return_index=True, return_counts=True)
    place = np.empty(len(old), np.int64)
    place[np.lexsort((first, -n))] = np.arange(len(old))
    renamed = np.full(len(label), NOISE, np.int64)
    renamed[kept] = place[np.searchsorted(old, label[kept])]
    core = np.zeros(len(label), bool) if is_core is None else is_core
    return Found(items, renamed, core, np.empty((0, 4)) if merges is None else merges)


def _largest(label: Ints) -> int:
    return int(np.bincount(label[label != NOISE]).max(initial=0))


def _judged(sources: Sources, found: Found, settings: GroupSettings, seed: int) -> list[Quality]:
    """Empty for another level than item: its known groups and baskets are of items."""
    kept = found.label != NOISE
    if settings.level != "item" or not kept.any():
        return []
    items, label = found.items[kept], found.label[kept]
    known = sources.items.where(F.col(settings.judged_by).isNotNull()).select("item_id", settings.judged_by)
    kinds = pd.Series(dict(known.toPandas().itertuples(index=False, name=None)), dtype=object).reindex(items)
    told = kinds.notna().to_numpy()
    judged = against_known(label[told], kinds[told].to_numpy(object), settings.n_shuffles, seed=seed)
    last = sources.baskets.agg(F.max("sold_on")).collect()[0][0]
    later = sources.baskets.where(F.col("sold_on") > F.lit(last - timedelta(days=settings.holdout_days)))
    return judged + in_baskets(later, items, label, settings.n_shuffles, seed=seed)


def _group_rows(spark: SparkSession, found: Found, settings: GroupSettings) -> DataFrame:
    grouped = found.label != NOISE
    n = np.bincount(found.label[grouped], minlength=1)
    columns = {
        "item": found.items,
        "level": [settings.level] * len(found.items),
        "method": [f"{settings.method} of {settings.by}"] * len(found.items),
        "group_id": pd.array(np.where(grouped, found.label + 1, 0), dtype="Int32").copy(),
        "n_items": np.where(grouped, n[found.label], 1),
        "is_noise": ~grouped,
        "is_core": found.is_core,
    }
    columns["group_id"][~grouped] = pd.NA
    return frame(spark, tables.ITEM_GROUPS, columns)


def _tree_rows(spark: SparkSession, found: Found) -> DataFrame:
    """Items are the nodes from 0 in the order of their names, then the joins in theirs."""
    if not len(found.merges):
        return spark.createDataFrame([], tables.ITEM_TREE.schema)
    n, joins = len(found.items), found.merges
    parent = np.full(2 * n - 1, np.nan)
    for side in (0, 1):
        parent[joins[:, side].astype(int)] = np.arange(n, 2 * n - 1)
    columns = {
        "node": np.arange(2 * n - 1),
        "parent": pd.array(parent, dtype="Int32"),
        "item": [*found.items, *[None] * (n - 1)],
        "height": np.concatenate([np.zeros(n), joins[:, 2]]),
        "n_items": np.concatenate([np.ones(n), joins[:, 3]]).astype(int),
    }
    return frame(spark, tables.ITEM_TREE, columns)
