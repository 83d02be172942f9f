"""Implicit ALS by MLlib: string ids outside, the stable integer indexes of silver inside."""

from typing import NamedTuple

from pyspark.ml.recommendation import ALS
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError, TrainingError
from basketry.recommend.settings import RecommendSettings


class Factors(NamedTuple):
    """users: (user_id, factors [rank]); items: (item_id, factors [rank]); only those that were learnt."""

    users: DataFrame
    items: DataFrame


def fit_als(
    weights: DataFrame, users: DataFrame, items: DataFrame, settings: RecommendSettings, *, seed: int
) -> Factors:
    """Factors whose product orders items for a user (Hu, Koren and Volinsky 2008; regularised as Zhou et al. 2008).

    `weights`: (user_id, item_id, weight), one row a pair. The confidence of a pair is 1 + alpha * weight.
    Raises ContractError on weights that are not finite and positive, repeated pairs and ids that silver does not
    know; TrainingError when a factor is not finite.
    """
    indexed = _indexed(weights, users, items).persist()
    try:
        check_weights(indexed)
        model = _estimator(settings, seed).fit(indexed)
    finally:
        indexed.unpersist()
    found = Factors(
        _named(model.userFactors, users, "user_id", "user_index"),
        _named(model.itemFactors, items, "item_id", "item_index"),
    )
    _check_finite(found)
    return found


def check_weights(indexed: DataFrame) -> None:
    """Refuse what ALS would take in silence: `indexed` is (user_index, item_index, weight)."""
    weight = F.col("weight")
    is_bad = weight.isNull() | F.isnan(weight) | (weight <= 0) | (weight == float("inf"))
    is_unknown = F.col("user_index").isNull() | F.col("item_index").isNull()
    rows, bad, unknown, pairs = indexed.agg(
        F.count("*"), F.count_if(is_bad), F.count_if(is_unknown), F.countDistinct("user_index", "item_index")
    ).collect()[0]
    if not rows:
        raise ContractError("ALS: no weights to learn from; check the period and recommend.min_item_baskets")
    faults = {
        "are not finite numbers above 0": bad,
        "name a user or item that silver.users or silver.items lacks": unknown,
        "repeat a user and item": rows - unknown - pairs,
    }
    if any(faults.values()):
        found = "; ".join(f"{n} {what}" for what, n in faults.items() if n)
        raise ContractError(f"ALS: of {rows} weights {found}; give one positive weight a user and item")


def _indexed(weights: DataFrame, users: DataFrame, items: DataFrame) -> DataFrame:
    """(user_index, item_index, weight), in an order of its own: sums inside ALS follow the order of the rows."""
    return (
        weights.join(F.broadcast(users.select("user_id", "user_index")), on="user_id", how="left")
        .join(F.broadcast(items.select("item_id", "item_index")), on="item_id", how="left")
        .select("user_index", "item_index", F.col("weight").cast("float").alias("weight"))
        .repartition("user_index")
        .sortWithinPartitions("user_index", "item_index")
    )


def _estimator(settings: RecommendSettings, seed: int) -> ALS:
    return ALS(
        rank=settings.rank,
        maxIter=settings.iterations,
        alpha=settings.alpha,
        regParam=settings.regularization,
        numUserBlocks=settings.blocks,
        numItemBlocks=settings.blocks,
        implicitPrefs=True,
        userCol="user_index",
        itemCol="item_index",
        ratingCol="weight",
        seed=seed,
    )


def _named(factors: DataFrame, known: DataFrame, name: str, index: str) -> DataFrame:
    """(name, factors); one row an index: each index belongs to one id."""
    return factors.join(known.select(name, index), on=factors["id"] == known[index], how="inner").select(
        name, F.col("features").alias("factors")
    )


def _check_finite(factors: Factors) -> None:
    is_bad = F.exists("factors", lambda x: F.isnan(x) | (F.abs(x) == float("inf")))
    bad = factors.users.unionByName(factors.items.select(F.col("item_id").alias("user_id"), "factors")).where(is_bad)
    if bad.limit(1).count():
        raise TrainingError("ALS: factors are not finite; lower recommend.alpha or raise recommend.regularization")
