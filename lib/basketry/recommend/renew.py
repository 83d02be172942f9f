"""Factors and lists of the users whose purchases changed, without fitting anew."""

from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.recommend.learnt import Published, relearnt
from basketry.recommend.recommend import user_lists
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.weights import as_of_day
from basketry.tables.recommend import ANYONE


class Known(NamedTuple):
    """Rows of silver at one time: who bought what when, and every user."""

    interactions: DataFrame
    users: DataFrame


class Renewed(NamedTuple):
    """Rows of the tables of the same names in gold, of some users."""

    user_factors: DataFrame
    recommendations: DataFrame


def changed_users(then: Known, now: Known) -> DataFrame:
    """(user_id): users with another history, and users who came or went. Key: user_id."""
    history = _other(then.interactions, now.interactions, ["user_id", "item_id", "sold_on"], F.col("n_baskets"))
    return history.union(_other(then.users, now.users, ["user_id"], F.lit(1))).distinct()


def _other(then: DataFrame, now: DataFrame, key: list[str], value: Column) -> DataFrame:
    """(user_id) of each key that has another value, or that one of both lacks."""
    before, after = then.select(*key, value.alias("then")), now.select(*key, value.alias("now"))
    both = before.join(after, on=key, how="full")
    return both.where(~F.equal_null("then", "now")).select("user_id")


def every_user(now: Known, listed: DataFrame) -> DataFrame:
    """(user_id): all users there are, and all that have lists, rows of gold.recommendations. Key: user_id."""
    named = listed.where(F.col("user_id") != ANYONE).select("user_id")
    return now.users.select("user_id").union(named).distinct()


def renewed(
    now: Known, whom: DataFrame, published: Published, settings: RecommendSettings, *, seed: int, to_on: date | None
) -> Renewed:
    """Factors by fold-in and lists, as train_als makes them, of the users of `whom` that are users still.

    `to_on` is that of `recommend`. A user without purchases has no factors, and the list of one who never bought.
    Raises as relearnt does. Both frames are persisted.
    """
    users = now.users.join(whom.select("user_id"), on="user_id", how="left_semi")
    as_of = as_of_day(now.interactions, to_on)
    learnt = relearnt(now.interactions, users, published, settings, as_of=as_of)
    lists = user_lists(learnt, users, settings, seed=seed).where(F.col("user_id") != ANYONE)
    return Renewed(learnt.factors.users, lists.persist())
