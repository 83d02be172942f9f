"""What was found of segments, as rows of the gold tables."""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from scipy.stats import false_discovery_control

from basketry import tables
from basketry.segments.agreement import silhouette
from basketry.segments.arrays import Bools, Floats, Ints, frame
from basketry.segments.clusters import Choice, centres_of
from basketry.segments.differences import count_rules, homogeneity, strongest
from basketry.segments.features import Features
from basketry.segments.few import Left, generalisation, items_of_enough, rules_of_enough
from basketry.segments.identity import tree_of
from basketry.segments.overbought import OverBought, count_bought, over_bought
from basketry.segments.profiles import Profiles
from basketry.segments.settings import SegmentsSettings

# Rows of a table, and how many were found and are published.
Told = tuple[DataFrame, Left]


class Receipts(NamedTuple):
    """What segments are made from: silver of the period; gold.item_embeddings and gold.rules may be empty."""

    lines: DataFrame
    baskets: DataFrame
    users: DataFrame
    items: DataFrame
    embeddings: DataFrame
    rules: DataFrame


class Made(NamedTuple):
    """Of U users, N of whom are `is_fit` [U]: `label` [U] and `distance` [U]; the `numbers` [K] of the labels.

    `labels` [N] are those published; `chosen` has them as they were found.
    """

    told: Features
    is_fit: Bools
    points: Floats
    label: Ints
    distance: Floats
    numbers: Ints
    tried: list[Choice]
    chosen: Choice
    labels: Ints
    profiles: Profiles


def users(spark: SparkSession, made: Made) -> DataFrame:
    """gold.user_segments."""
    columns = {
        "user_id": made.told.users,
        "segment": made.numbers[made.label],
        "is_fitted": made.is_fit,
        "distance": made.distance,
    }
    return frame(spark, tables.USER_SEGMENTS, columns)


def segments(spark: SparkSession, made: Made, names: list[str]) -> DataFrame:
    """gold.segments."""
    n = np.bincount(made.label, minlength=len(names))
    width = silhouette(made.points[made.is_fit], made.labels)
    fitted = np.bincount(made.labels, minlength=len(names))
    columns = {
        "segment": made.numbers,
        "name": names,
        "n_users": n,
        "share": n / n.sum(),
        "n_fitted": fitted,
        "silhouette": np.bincount(made.labels, weights=width) / fitted,
    }
    return frame(spark, tables.SEGMENTS, columns)


def tree(spark: SparkSession, made: Made) -> DataFrame:
    """gold.segment_tree."""
    centres = centres_of(made.points[made.is_fit], made.labels)
    nodes = tree_of(centres, np.bincount(made.labels), made.numbers)
    return spark.createDataFrame([tuple(node) for node in nodes], tables.SEGMENT_TREE.schema)


def choices(spark: SparkSession, made: Made) -> DataFrame:
    """gold.segment_choices."""
    rows = [(each.k, each.silhouette, each.stability, each is made.chosen) for each in made.tried]
    return spark.createDataFrame(rows, tables.SEGMENT_CHOICES.schema)


def profiles(spark: SparkSession, made: Made) -> Told:
    """gold.segment_profiles; without those that tell of too few users."""
    found, n = made.profiles, len(made.profiles.features)
    kept = ~np.isnan(found.mean.ravel())
    columns = {
        "segment": np.repeat(made.numbers, n),
        "kind": [kind for kind, _ in found.features] * len(made.numbers),
        "feature": [name for _, name in found.features] * len(made.numbers),
        "mean": found.mean.ravel(),
        "mean_all": np.tile(found.mean_all, len(made.numbers)),
        "difference": found.difference.ravel(),
    }
    told = {name: np.asarray(values)[kept] for name, values in columns.items()}
    return frame(spark, tables.SEGMENT_PROFILES, told), Left(len(kept), int(kept.sum()))


def generalised_from(spark: SparkSession, made: Made, left: dict[str, Left], settings: SegmentsSettings) -> DataFrame:
    """gold.segment_generalisation."""
    points, found = made.points[made.is_fit], made.chosen.labels
    return generalisation(spark, points, found, made.labels, made.numbers, left, settings.min_users)


def labelled(spark: SparkSession, made: Made) -> DataFrame:
    """user_id and label of every user; key user_id."""
    columns = {"user_id": pa.array(made.told.users), "label": pa.array(made.label.astype(np.int32))}
    return spark.createDataFrame(pa.table(columns)).persist()


def items(spark: SparkSession, receipts: Receipts, made: Made, users_of: DataFrame, settings: SegmentsSettings) -> Told:
    """gold.segment_items, of every level."""
    parts, n_found, n_kept = [], 0, 0
    for level in settings.levels:
        bought = count_bought(receipts.baskets, receipts.items, users_of, level, len(made.numbers))
        found = over_bought(bought, settings)
        kept = items_of_enough(found, bought, settings.min_users)
        parts.append(_level_rows(spark, kept, level, made.numbers))
        n_found, n_kept = n_found + len(found.item), n_kept + len(kept.item)
    return reduce(DataFrame.unionByName, parts), Left(n_found, n_kept)


def rules(spark: SparkSession, receipts: Receipts, made: Made, users_of: DataFrame, settings: SegmentsSettings) -> Told:
    """gold.segment_rules, of every level that gold.rules has; empty without rules."""
    parts = []
    for (level,) in receipts.rules.select("level").distinct().orderBy("level").collect():
        asked = strongest(receipts.rules, level, settings.max_rules)
        if len(asked):
            counted = count_rules(receipts.baskets, receipts.items, users_of, asked, level, len(made.numbers))
            parts.append((level, asked, counted))
    if not parts:
        return spark.createDataFrame([], tables.SEGMENT_RULES.schema), Left(0, 0)
    p = np.concatenate([homogeneity(counted) for _, _, counted in parts])
    q, wide = false_discovery_control(p), len(made.numbers)
    n, freq = (np.concatenate([getattr(counted, name) for _, _, counted in parts]) for name in ("n", "freq"))
    sides = pd.concat([asked.assign(level=level) for level, asked, _ in parts])
    columns: dict[str, Any] = {str(name): np.repeat(sides[name].to_numpy(object), wide) for name in sides}
    columns |= {
        "segment": np.tile(made.numbers, len(sides)),
        "n": n.ravel(),
        "freq": freq.ravel(),
        "confidence": _ratio(freq, n).ravel(),
        "confidence_all": np.repeat(_ratio(freq.sum(axis=1), n.sum(axis=1)), wide),
        "p": np.repeat(p, wide),
        "q": np.repeat(q, wide),
    }
    kept = np.concatenate([rules_of_enough(counted, settings.min_users).ravel() for _, _, counted in parts])
    told = {name: np.asarray(values)[kept] for name, values in columns.items()}
    return frame(spark, tables.SEGMENT_RULES, told), Left(len(kept), int(kept.sum()))


def _ratio(freq: Ints, n: Ints) -> Floats:
    """NaN of nothing."""
    return np.asarray(np.divide(freq, n, out=np.full(freq.shape, np.nan), where=n > 0))


def _level_rows(spark: SparkSession, found: OverBought, level: str, numbers: Ints) -> DataFrame:
    columns: dict[str, Any] = {name: getattr(found, name) for name in found._fields if name != "label"}
    columns |= {
        "segment": numbers[found.label],
        "level": [level] * len(found.label),
        "adjusted_lift": found.n_users / np.maximum(found.expected, np.finfo(float).tiny),
    }
    return frame(spark, tables.SEGMENT_ITEMS, columns)
