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
    """histories: (user_id, bought, counts, visits), arrays in order of item_id; catalogue: every item counted;
    factors: by ALS; affinities: rows of gold.item_affinities.
    """

    histories: DataFrame
    catalogue: Catalogue
    factors: Factors
    affinities: DataFrame


def learn(bought: Purchases, settings: RecommendSettings, *, seed: int, as_of: date) -> Learnt:
    """What the purchases up to `as_of` say. Raises as fit_als and item_affinities do.

    Counts and histories are read many times: they stay persisted for whoever owns the session to release.
    """
    counts = decayed_counts(bought.interactions, as_of=as_of, half_life_days=settings.half_life_days).persist()
    visits = decayed_visits(bought.interactions, as_of=as_of, half_life_days=settings.half_life_days)
    often = _bought_often(bought.interactions, settings.min_item_baskets)
    weights = with_weight(counts).join(often, on="item_id", how="left_semi")
    factors = fit_als(weights, bought.users, bought.items, settings, seed=seed)
    catalogue = catalogue_of(item_popularity(counts))
    affinities = item_affinities(bought.baskets, catalogue, settings)
    return Learnt(histories(counts, visits).persist(), catalogue, factors, affinities)


def with_factors(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with the factors of their user_id; null for users without."""
    return cases.join(learnt.factors.users, on="user_id", how="left")


def with_history(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with what their user_id bought: arrays `bought` and `counts`, and `visits`; null for new users."""
    return cases.join(learnt.histories, on="user_id", how="left")


def histories(each: DataFrame, visits: DataFrame) -> DataFrame:
    """Each user's purchases as arrays, with the user's visits. Key: user_id."""
    pairs = F.sort_array(F.collect_list(F.struct("item_id", "count"))).alias("pairs")
    columns = (F.col("pairs.item_id").alias("bought"), F.col("pairs.count").alias("counts"))
    bought = each.groupBy("user_id").agg(pairs).select("user_id", *columns)
    return bought.join(visits, on="user_id", how="inner")


def _bought_often(interactions: DataFrame, min_baskets: int) -> DataFrame:
    """(item_id) of the items with so many purchases."""
    n = interactions.groupBy("item_id").agg(F.sum("n_baskets").alias("n"))
    return n.where(F.col("n") >= min_baskets).select("item_id")
