"""What every list is made from, learnt from the purchases of a period, and how cases are told of it."""

from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.recommend.affinities import item_affinities
from basketry.recommend.als import Factors, fit_als
from basketry.recommend.catalogue import Catalogue, catalogue_of
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.weights import decayed_counts, decayed_visits, item_popularity, with_weight


class Purchases(NamedTuple):
    """Rows of silver that are learnt from: baskets and interactions of the period, every item and user."""

    baskets: DataFrame
    interactions: DataFrame
    items: DataFrame
    users: DataFrame


class Learnt(NamedTuple):
    """histories: (user_id, bought, counts, recent, visits, recent_visits), arrays in order of item_id; catalogue: every
    item counted; factors: by ALS; affinities: rows of gold.item_affinities; items: rows of silver.items.
    """

    histories: DataFrame
    catalogue: Catalogue
    factors: Factors
    affinities: DataFrame
    items: DataFrame


def learn(bought: Purchases, settings: RecommendSettings, *, seed: int, as_of: date) -> Learnt:
    """What the purchases up to `as_of` say. Raises as fit_als and item_affinities do.

    Counts and histories are read many times: they stay persisted for whoever owns the session to release.
    """
    counts = decayed_counts(bought.interactions, as_of=as_of, half_life_days=settings.half_life_days).persist()
    factors = factors_of(counts, bought, settings, seed=seed)
    catalogue = catalogue_of(item_popularity(counts))
    affinities = item_affinities(bought.baskets, catalogue, settings)
    told = histories(counts, bought.interactions, settings, as_of).persist()
    return Learnt(told, catalogue, factors, affinities, bought.items)


def factors_of(counts: DataFrame, bought: Purchases, settings: RecommendSettings, *, seed: int) -> Factors:
    """ALS of the decayed counts of the items bought often enough. Raises as fit_als does."""
    often = _bought_often(bought.interactions, settings.min_item_baskets)
    weights = with_weight(counts).join(often, on="item_id", how="left_semi")
    return fit_als(weights, bought.users, bought.items, settings, seed=seed)


def with_factors(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with the factors of their user_id; null for users without."""
    return cases.join(learnt.factors.users, on="user_id", how="left")


def with_history(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with the columns of histories, by their user_id; null for new users."""
    return cases.join(learnt.histories, on="user_id", how="left")


def histories(counts: DataFrame, interactions: DataFrame, settings: RecommendSettings, as_of: date) -> DataFrame:
    """Each user's purchases as arrays, counted by both half-lives. Key: user_id."""
    long, short = settings.half_life_days, settings.recent_half_life_days
    recent = decayed_counts(interactions, as_of=as_of, half_life_days=short).withColumnRenamed("count", "recent")
    # One row a user and item on both sides; one row a user below.
    each = counts.join(recent, on=["user_id", "item_id"], how="left").fillna(0.0, ["recent"])
    pairs = F.sort_array(F.collect_list(F.struct("item_id", "count", "recent"))).alias("pairs")
    names = {"bought": "item_id", "counts": "count", "recent": "recent"}
    columns = [F.col(f"pairs.{field}").alias(name) for name, field in names.items()]
    visits = decayed_visits(interactions, as_of=as_of, half_life_days=long)
    lately = decayed_visits(interactions, as_of=as_of, half_life_days=short)
    bought = each.groupBy("user_id").agg(pairs).select("user_id", *columns).join(visits, on="user_id", how="inner")
    named = lately.withColumnRenamed("visits", "recent_visits")
    return bought.join(named, on="user_id", how="left").fillna(0.0, ["recent_visits"])


def _bought_often(interactions: DataFrame, min_baskets: int) -> DataFrame:
    """(item_id) of the items with so many purchases."""
    n = interactions.groupBy("item_id").agg(F.sum("n_baskets").alias("n"))
    return n.where(F.col("n") >= min_baskets).select("item_id")
