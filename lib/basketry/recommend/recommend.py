"""From purchases to factors and item-item weights, two lists for each user and a list for each item."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.recommend.allowed import allowed_of, chosen_users, excluded_items
from basketry.recommend.blend import Blend, Kind, Terms, explained_lists
from basketry.recommend.facts import Evidence, facts_of, purchases
from basketry.recommend.learnt import Learnt, Purchases, learn, with_factors, with_history
from basketry.recommend.lists import POPULARITY, ranked_lists
from basketry.recommend.models import factor_model
from basketry.recommend.scorers import Scorer
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.suite import user_blends
from basketry.recommend.weights import as_of_day
from basketry.tables.recommend import ANYONE


class Recommended(NamedTuple):
    """Rows of the tables of the same names in gold."""

    user_factors: DataFrame
    item_factors: DataFrame
    item_affinities: DataFrame
    recommendations: DataFrame
    similar_items: DataFrame
    excluded_items: DataFrame


def recommend(
    bought: Purchases, pairs: DataFrame, settings: RecommendSettings, *, seed: int, to_on: date | None = None
) -> Recommended:
    """Every list for the end of the period: the day before `to_on`, else the last day of the purchases.

    `pairs`: gold.pairs, for the reasons. Raises as learn, excluded_items and chosen_users do.
    """
    excluded = excluded_items(bought.items, settings.lists)
    users = chosen_users(bought.users, settings.lists)
    learnt = learn(bought, settings, seed=seed, as_of=as_of_day(bought.interactions, to_on))
    evidence = Evidence(bought.baskets, bought.interactions, bought.items, pairs, excluded)
    return Recommended(
        learnt.factors.users,
        learnt.factors.items,
        learnt.affinities,
        user_lists(learnt, users, evidence, settings, seed=seed),
        similar_items(learnt, settings.n_similar),
        excluded,
    )


def user_lists(
    learnt: Learnt, users: DataFrame, evidence: Evidence, settings: RecommendSettings, *, seed: int
) -> DataFrame:
    """Rows of gold.recommendations: for each of `users`, and for '' in the name of those never seen.

    Key: user_id, list, position. A user who never bought has an explore list only.
    """
    anyone = users.sparkSession.createDataFrame([(ANYONE,)], "user_id string")
    cases = user_cases(users.select("user_id").unionByName(anyone), learnt, evidence)
    listed = explained_lists(
        cases,
        lists_of(learnt, settings, seed=seed),
        learnt.catalogue,
        settings.top_n,
        terms_of(learnt, evidence, settings),
    )
    return listed.withColumnRenamed("case_id", "user_id")


def user_cases(users: DataFrame, learnt: Learnt, evidence: Evidence) -> DataFrame:
    """(case_id, user_id, ...): all that lists are made and explained from, one row for each of `users` (user_id)."""
    asked = with_factors(with_history(users, learnt), learnt).withColumn("case_id", F.col("user_id"))
    # One row a user on both sides.
    return asked.join(purchases(evidence.interactions), on="user_id", how="left")


def lists_of(learnt: Learnt, settings: RecommendSettings, *, seed: int) -> dict[Kind, Blend]:
    """The blend that each list of a user is made by."""
    blends = user_blends(learnt, settings, seed=seed)
    return {"repeat": blends.habit, "explore": blends.explore}


def terms_of(learnt: Learnt, evidence: Evidence, settings: RecommendSettings) -> Terms:
    """What the lists may hold and are told with."""
    return Terms(
        allowed_of(learnt.catalogue, evidence.items, evidence.excluded, settings.lists),
        facts_of(evidence, learnt.affinities, learnt.catalogue, settings),
    )


def keep_others(lists: DataFrame, earlier: DataFrame) -> DataFrame:
    """`lists`, and of `earlier` those of users that `lists` has none of. `lists` stays persisted: it is read twice."""
    lists = lists.persist()
    return lists.unionByName(earlier.join(lists, on="user_id", how="left_anti"))


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
