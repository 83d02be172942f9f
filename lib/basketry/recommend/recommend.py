"""From purchases to factors, a list for each user and a list for each item."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.recommend.als import Factors, fit_als
from basketry.recommend.catalogue import Catalogue, catalogue_of
from basketry.recommend.lists import POPULARITY, ranked_lists
from basketry.recommend.models import factor_model
from basketry.recommend.scorers import Scorer
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.weights import as_of_day, decayed_counts, item_popularity, with_weight

# The rows of this id answer every user, or item, that has no rows of its own.
ANYONE = ""


class Learnt(NamedTuple):
    """counts: (user_id, item_id, count); catalogue: every item of them; factors: by ALS."""

    counts: DataFrame
    catalogue: Catalogue
    factors: Factors


class Recommended(NamedTuple):
    """Rows of gold.user_factors, gold.item_factors, gold.recommendations and gold.similar_items."""

    user_factors: DataFrame
    item_factors: DataFrame
    recommendations: DataFrame
    similar_items: DataFrame


def recommend(
    interactions: DataFrame,
    items: DataFrame,
    users: DataFrame,
    settings: RecommendSettings,
    *,
    seed: int,
    to_on: date | None = None,
) -> Recommended:
    """ALS factors, the best items of every user and the items most like each item, for the end of the period."""
    learnt = learn(interactions, items, users, settings, seed=seed, as_of=as_of_day(interactions, to_on))
    return Recommended(
        learnt.factors.users,
        learnt.factors.items,
        user_lists(learnt, users, settings),
        similar_items(learnt, settings.n_similar),
    )


def learn(
    interactions: DataFrame,
    items: DataFrame,
    users: DataFrame,
    settings: RecommendSettings,
    *,
    seed: int,
    as_of: date,
) -> Learnt:
    """What every list is made from, learnt from purchases up to `as_of`. Raises as fit_als does."""
    counts = decayed_counts(interactions, as_of=as_of, half_life_days=settings.half_life_days)
    often = _bought_often(interactions, settings.min_item_baskets)
    weights = with_weight(counts).join(often, on="item_id", how="left_semi")
    factors = fit_als(weights, users, items, settings, seed=seed)
    return Learnt(counts, catalogue_of(item_popularity(counts)), factors)


def user_lists(learnt: Learnt, users: DataFrame, settings: RecommendSettings) -> DataFrame:
    """(user_id, position, item_id, score, source): every user of silver.users, and '' for those never seen."""
    anyone = users.sparkSession.createDataFrame([(ANYONE,)], "user_id string")
    cases = with_factors(users.select("user_id").unionByName(anyone), learnt)
    if settings.exclude_bought:
        cases = with_history(cases, learnt).withColumnRenamed("bought", "masked").drop("counts")
    model = factor_model(learnt.factors.items, learnt.catalogue)
    cases = cases.withColumnRenamed("user_id", "case_id")
    lists = ranked_lists(cases, [model], learnt.catalogue, settings.top_n)
    return lists.drop("model").withColumnRenamed("case_id", "user_id")


def similar_items(learnt: Learnt, n: int) -> DataFrame:
    """(item_id, position, similar_item_id, similarity, is_fallback): the nearest items by cosine of the factors.

    Key: item_id, position. Items without factors have no rows: those of item_id '' (popular items) answer for them.
    """
    length = F.sqrt(F.aggregate("factors", F.lit(0.0), lambda total, x: total + x.cast("double") * x))
    unit = learnt.factors.items.select(
        "item_id", F.transform("factors", lambda x: (x / length).cast("float")).alias("factors"), length.alias("length")
    ).where("length > 0")
    anything = unit.sparkSession.createDataFrame(
        [(ANYONE, None, [])], "case_id string, factors array<float>, masked array<string>"
    )
    cases = unit.select(F.col("item_id").alias("case_id"), "factors", F.array("item_id").alias("masked"))
    model = factor_model(unit, learnt.catalogue)
    is_fallback = F.col("source") == POPULARITY
    return ranked_lists(cases.unionByName(anything), [model], learnt.catalogue, n).select(
        F.col("case_id").alias("item_id"),
        "position",
        F.col("item_id").alias("similar_item_id"),
        F.when(~is_fallback, F.greatest(F.lit(-1.0), F.least(F.lit(1.0), "score"))).alias("similarity"),
        is_fallback.alias("is_fallback"),
    )


def answers(cases: DataFrame, learnt: Learnt, scorers: Sequence[Scorer], k: int) -> DataFrame:
    """Each scorer's lists, as ranked_lists gives them, for cases (case_id, user_id and, of a cart, cart and masked)."""
    told = with_factors(with_history(cases, learnt), learnt)
    return ranked_lists(told, scorers, learnt.catalogue, k)


def with_factors(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with the factors of their user_id; null for users without."""
    return cases.join(learnt.factors.users, on="user_id", how="left")


def with_history(cases: DataFrame, learnt: Learnt) -> DataFrame:
    """`cases` with what their user_id bought: arrays `bought` and `counts`, by item_id; null for new users."""
    pairs = F.sort_array(F.collect_list(F.struct("item_id", "count"))).alias("pairs")
    history = learnt.counts.groupBy("user_id").agg(pairs)
    columns = (F.col("pairs.item_id").alias("bought"), F.col("pairs.count").alias("counts"))
    return cases.join(history.select("user_id", *columns), on="user_id", how="left")


def _bought_often(interactions: DataFrame, min_baskets: int) -> DataFrame:
    """(item_id) of the items with so many purchases."""
    n = interactions.groupBy("item_id").agg(F.sum("n_baskets").alias("n"))
    return n.where(F.col("n") >= min_baskets).select("item_id")
