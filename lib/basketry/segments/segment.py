"""Segments of users: made, numbered, named, described."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import ContractError
from basketry.segments.agreement import silhouette
from basketry.segments.arrays import Bools, Floats, Ints, frame
from basketry.segments.clusters import Choice, centres_of, choose, nearest, try_each
from basketry.segments.embedded import mean_embeddings
from basketry.segments.features import Features, user_features
from basketry.segments.identity import numbers_of, tree_of
from basketry.segments.overbought import OverBought, count_bought, over_bought
from basketry.segments.profiles import Profiles, names_of_segments, profiles_of
from basketry.segments.scaling import points_of
from basketry.segments.settings import SegmentsSettings

Say = Callable[..., None]


class Receipts(NamedTuple):
    """What segments are made from: silver of the period, and gold.item_embeddings, which may be empty."""

    lines: DataFrame
    baskets: DataFrame
    users: DataFrame
    items: DataFrame
    embeddings: DataFrame


class Segmented(NamedTuple):
    """gold.user_segments, gold.segments, gold.segment_tree, gold.segment_choices, gold.segment_profiles,
    gold.segment_items.
    """

    user_segments: DataFrame
    segments: DataFrame
    tree: DataFrame
    choices: DataFrame
    profiles: DataFrame
    items: DataFrame


class Made(NamedTuple):
    """Of U users, N of whom are `is_fit` [U]: `label` [U] and `distance` [U]; the `numbers` [K] of the labels."""

    told: Features
    is_fit: Bools
    points: Floats
    label: Ints
    distance: Floats
    numbers: Ints
    tried: list[Choice]
    chosen: Choice
    profiles: Profiles


def segment_users(
    receipts: Receipts,
    last: DataFrame,
    settings: SegmentsSettings,
    *,
    seed: int,
    to_on: date | None,
    say: Say = lambda *_, **__: None,
) -> Segmented:
    """`last` is gold.user_segments of the run before, maybe empty: segments keep its numbers.

    Raises ContractError when nobody has min_baskets, and as `user_features`.
    """
    spark = receipts.users.sparkSession
    made = _made(spark, receipts, last, settings, seed, to_on, say)
    names = names_of_segments(made.profiles, made.numbers)
    return Segmented(
        _user_rows(spark, made),
        _segment_rows(spark, made, names),
        _tree_rows(spark, made),
        _choice_rows(spark, made),
        _profile_rows(spark, made),
        _item_rows(spark, receipts, made, settings),
    )


def _made(
    spark: SparkSession,
    receipts: Receipts,
    last: DataFrame,
    settings: SegmentsSettings,
    seed: int,
    to_on: date | None,
    say: Say,
) -> Made:
    told = user_features(receipts.lines, receipts.baskets, receipts.users, receipts.items, settings, to_on=to_on)
    if settings.weight_embeddings > 0:
        told = told._replace(embedding=mean_embeddings(receipts.baskets, receipts.embeddings, told.users))
    is_fit = _who_shapes(told, settings, seed)
    scaled = points_of(told, is_fit, settings)
    say(
        "features of users",
        users=len(told.users),
        fitted=int(is_fit.sum()),
        constant=", ".join(scaled.dropped) or "none",
    )
    tried = try_each(spark, scaled.points[is_fit], settings, seed=seed)
    if tried[0].k < settings.k_min:
        say(f"fewer segments than segments.k_min = {settings.k_min}: no more users differ", segments=tried[0].k)
    for each in tried:
        say(f"{each.k} segments", silhouette=round(each.silhouette, 3), stability=round(each.stability, 3))
    chosen = choose(tried, settings)
    label, distance = nearest(scaled.points, centres_of(scaled.points[is_fit], chosen.labels))
    label[is_fit] = chosen.labels
    known = {row["user_id"]: row["segment"] for row in last.select("user_id", "segment").toLocalIterator()}
    numbers = numbers_of(chosen.labels, told.users[is_fit], known)
    of_fit = Features(*(value if name == "labels" else value[is_fit] for name, value in told._asdict().items()))
    profiles = profiles_of(of_fit, scaled._replace(transformed=scaled.transformed[is_fit]), chosen.labels)
    return Made(told, is_fit, scaled.points, label, distance, numbers, tried, chosen, profiles)


def _who_shapes(told: Features, settings: SegmentsSettings, seed: int) -> Bools:
    """[U]: users with min_baskets; of more than max_fit_users, so many drawn by the seed."""
    is_fit = told.n_baskets >= settings.min_baskets
    if not is_fit.any():
        raise ContractError(
            f"silver.baskets: no user has segments.min_baskets = {settings.min_baskets} baskets in the period (the "
            f"most is {told.n_baskets.max()}); set it lower, or widen --from and --to"
        )
    able = np.flatnonzero(is_fit)
    if len(able) > settings.max_fit_users:
        drawn = np.random.default_rng(seed).choice(able, settings.max_fit_users, replace=False)
        is_fit = np.isin(np.arange(len(is_fit)), drawn)
    return np.asarray(is_fit)


def _user_rows(spark: SparkSession, made: Made) -> DataFrame:
    columns = {
        "user_id": made.told.users,
        "segment": made.numbers[made.label],
        "is_fitted": made.is_fit,
        "distance": made.distance,
    }
    return frame(spark, tables.USER_SEGMENTS, columns)


def _segment_rows(spark: SparkSession, made: Made, names: list[str]) -> DataFrame:
    n = np.bincount(made.label, minlength=len(names))
    width = silhouette(made.points[made.is_fit], made.chosen.labels)
    fitted = np.bincount(made.chosen.labels, minlength=len(names))
    columns = {
        "segment": made.numbers,
        "name": names,
        "n_users": n,
        "share": n / n.sum(),
        "n_fitted": fitted,
        "silhouette": np.bincount(made.chosen.labels, weights=width) / fitted,
    }
    return frame(spark, tables.SEGMENTS, columns)


def _tree_rows(spark: SparkSession, made: Made) -> DataFrame:
    centres = centres_of(made.points[made.is_fit], made.chosen.labels)
    nodes = tree_of(centres, np.bincount(made.chosen.labels), made.numbers)
    return spark.createDataFrame([tuple(node) for node in nodes], tables.SEGMENT_TREE.schema)


def _choice_rows(spark: SparkSession, made: Made) -> DataFrame:
    rows = [(each.k, each.silhouette, each.stability, each is made.chosen) for each in made.tried]
    return spark.createDataFrame(rows, tables.SEGMENT_CHOICES.schema)


def _profile_rows(spark: SparkSession, made: Made) -> DataFrame:
    found, n = made.profiles, len(made.profiles.features)
    columns = {
        "segment": np.repeat(made.numbers, n),
        "kind": [kind for kind, _ in found.features] * len(made.numbers),
        "feature": [name for _, name in found.features] * len(made.numbers),
        "mean": found.mean.ravel(),
        "mean_all": np.tile(found.mean_all, len(made.numbers)),
        "difference": found.difference.ravel(),
    }
    return frame(spark, tables.SEGMENT_PROFILES, columns)


def _item_rows(spark: SparkSession, receipts: Receipts, made: Made, settings: SegmentsSettings) -> DataFrame:
    labelled = spark.createDataFrame(
        [(user, int(label)) for user, label in zip(made.told.users, made.label, strict=True)],
        "user_id string, label int",
    )
    parts = []
    for level in settings.levels:
        bought = count_bought(receipts.baskets, receipts.items, labelled, level, len(made.numbers))
        parts.append(_level_rows(spark, over_bought(bought, settings), level, made.numbers))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.unionByName(part)
    return whole.orderBy("segment", F.col("level"), "item")


def _level_rows(spark: SparkSession, found: OverBought, level: str, numbers: Ints) -> DataFrame:
    columns: dict[str, Any] = {name: getattr(found, name) for name in found._fields if name != "label"}
    columns |= {
        "segment": numbers[found.label],
        "level": [level] * len(found.label),
        "adjusted_lift": found.n_users / np.maximum(found.expected, np.finfo(float).tiny),
    }
    return frame(spark, tables.SEGMENT_ITEMS, columns)
