"""Segments of users: made, numbered, named, described."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame, SparkSession

from basketry.errors import ContractError
from basketry.segments import rows
from basketry.segments.arrays import Bools, Floats
from basketry.segments.clusters import Choice, centres_of, choose, nearest, try_each
from basketry.segments.embedded import mean_embeddings
from basketry.segments.features import Features, user_features
from basketry.segments.few import generalised
from basketry.segments.identity import numbers_of
from basketry.segments.profiles import names_of_segments, profiles_of
from basketry.segments.rows import Made, Receipts
from basketry.segments.scaling import points_of
from basketry.segments.settings import SegmentsSettings

Say = Callable[..., None]


class Segmented(NamedTuple):
    """gold.user_segments, gold.segments, gold.segment_tree, gold.segment_choices, gold.segment_profiles,
    gold.segment_items, gold.segment_rules, gold.segment_generalisation.
    """

    user_segments: DataFrame
    segments: DataFrame
    tree: DataFrame
    choices: DataFrame
    profiles: DataFrame
    items: DataFrame
    rules: DataFrame
    generalisation: DataFrame


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

    Raises ContractError when fewer than min_users, or nobody, have min_baskets, and as `user_features`.
    """
    spark = receipts.users.sparkSession
    made = _made(_features(receipts, settings, to_on), last, settings, seed, say)
    names = names_of_segments(made.profiles, made.numbers)
    labelled = rows.labelled(spark, made)
    profiles, n_profiles = rows.profiles(spark, made)
    items, n_items = rows.items(spark, receipts, made, labelled, settings)
    rules, n_rules = rows.rules(spark, receipts, made, labelled, settings)
    left = {"profiles": n_profiles, "items": n_items, "rules": n_rules}
    return Segmented(
        rows.users(spark, made),
        rows.segments(spark, made, names),
        rows.tree(spark, made),
        rows.choices(spark, made),
        profiles,
        items,
        rules,
        rows.generalised_from(spark, made, left, settings),
    )


def _made(told: Features, last: DataFrame, settings: SegmentsSettings, seed: int, say: Say) -> Made:
    is_fit = _who_shapes(told, settings, seed)
    scaled = points_of(told, is_fit, settings)
    constant = ", ".join(scaled.dropped) or "none"
    say("features of users", users=len(told.users), fitted=int(is_fit.sum()), constant=constant)
    tried = _tried(last.sparkSession, scaled.points[is_fit], settings, seed, say)
    chosen = choose(tried, settings)
    labels = generalised(scaled.points[is_fit], chosen.labels, settings.min_users)
    centres = centres_of(scaled.points[is_fit], labels)
    label = nearest(scaled.points, centres)
    label[is_fit] = labels
    distance = np.sqrt(((scaled.points - centres[label]) ** 2).sum(axis=1))
    known = {row["user_id"]: row["segment"] for row in last.select("user_id", "segment").toLocalIterator()}
    numbers = numbers_of(labels, told.users[is_fit], known)
    of_fit = Features(*(value if name == "labels" else value[is_fit] for name, value in told._asdict().items()))
    points = scaled._replace(transformed=scaled.transformed[is_fit])
    profiles = profiles_of(of_fit, points, labels, settings.min_users)
    return Made(told, is_fit, scaled.points, label, distance, numbers, tried, chosen, labels, profiles)


def _features(receipts: Receipts, settings: SegmentsSettings, to_on: date | None) -> Features:
    told = user_features(receipts.lines, receipts.baskets, receipts.users, receipts.items, settings, to_on=to_on)
    if settings.weight_embeddings > 0:
        told = told._replace(embedding=mean_embeddings(receipts.baskets, receipts.embeddings, told.users))
    return told


def _tried(spark: SparkSession, points: Floats, settings: SegmentsSettings, seed: int, say: Say) -> list[Choice]:
    tried = try_each(spark, points, settings, seed=seed)
    if tried[0].k < settings.k_min:
        say(f"fewer segments than segments.k_min = {settings.k_min}: no more users differ", segments=tried[0].k)
    for each in tried:
        say(f"{each.k} segments", silhouette=round(each.silhouette, 3), stability=round(each.stability, 3))
    return tried


def _who_shapes(told: Features, settings: SegmentsSettings, seed: int) -> Bools:
    """[U]: users with min_baskets; of more than max_fit_users, so many drawn by the seed."""
    is_fit = told.n_baskets >= settings.min_baskets
    if not is_fit.any():
        raise ContractError(
            f"silver.baskets: no user has segments.min_baskets = {settings.min_baskets} baskets in the period (the "
            f"most is {told.n_baskets.max()}); set it lower, or widen --from and --to"
        )
    if is_fit.sum() < settings.min_users:
        raise ContractError(
            f"silver.baskets: {is_fit.sum():,} users have segments.min_baskets = {settings.min_baskets} baskets in the "
            f"period, and a segment needs segments.min_users = {settings.min_users}: none could be published; set "
            "either lower, or widen --from and --to"
        )
    able = np.flatnonzero(is_fit)
    if len(able) > settings.max_fit_users:
        drawn = np.random.default_rng(seed).choice(able, settings.max_fit_users, replace=False)
        is_fit = np.isin(np.arange(len(is_fit)), drawn)
    return np.asarray(is_fit)
