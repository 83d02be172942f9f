"""Factors and lists of the users whose purchases changed, without fitting anew."""

from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.recommend.allowed import chosen_users
from basketry.recommend.als import Factors
from basketry.recommend.facts import Evidence
from basketry.recommend.fold_in import fold_in
from basketry.recommend.published import published
from basketry.recommend.recommend import user_lists
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.weights import as_of_day, decayed_counts, with_weight
from basketry.tables.recommend import ANYONE


class Known(NamedTuple):
    """Rows of silver at one time: who bought what when, and every user."""

    interactions: DataFrame
    users: DataFrame


class ItemModels(NamedTuple):
    """Tables of gold of the same names, as train_als left them."""

    item_factors: DataFrame
    item_affinities: DataFrame


class Renewed(NamedTuple):
    """Rows of the tables of the same names in gold, of some users; `listed` (user_id): whose lists these replace."""

    user_factors: DataFrame
    recommendations: DataFrame
    listed: DataFrame


def changed_users(then: Known, now: Known) -> DataFrame:
    """(user_id): users with another history, and users who came or went. Key: user_id."""
    history = _other(then.interactions, now.interactions, ["user_id", "item_id", "sold_on"], F.col("n_baskets"))
    return history.union(_other(then.users, now.users, ["user_id"], F.lit(1))).distinct()


def _other(then: DataFrame, now: DataFrame, key: list[str], value: Column) -> DataFrame:
    """(user_id) of each key that has another value, or that one of both lacks."""
    before, after = then.select(*key, value.alias("then")), now.select(*key, value.alias("now"))
    both = before.join(after, on=key, how="full")
    return both.where(~F.equal_null("then", "now")).select("user_id")


def every_user(users: DataFrame, listed: DataFrame) -> DataFrame:
    """(user_id): all users there are, and all that have lists, rows of gold.recommendations. Key: user_id."""
    named = listed.where(F.col("user_id") != ANYONE).select("user_id")
    return users.select("user_id").union(named).distinct()


def renewed(
    whom: DataFrame,
    users: DataFrame,
    models: ItemModels,
    evidence: Evidence,
    settings: RecommendSettings,
    *,
    seed: int,
    to_on: date | None,
) -> Renewed:
    """Factors by fold-in and lists, as train_als makes them, of those of `whom` (user_id) that are `users` still.

    `to_on` is that of `recommend`. A user without purchases has no factors, and the list of one who never bought.
    Both frames are persisted. Raises as fold_in and chosen_users do; ContractError when every purchase is too old.
    """
    still, as_of = _among(users, whom), as_of_day(evidence.interactions, to_on)
    counts = decayed_counts(_among(evidence.interactions, still), as_of=as_of, half_life_days=settings.half_life_days)
    factors = fold_in(with_weight(counts), models.item_factors, settings).persist()
    theirs = Factors(factors, models.item_factors)
    learnt = published(evidence.interactions, evidence.items, theirs, models.item_affinities, settings, as_of=as_of)
    if not len(learnt.catalogue.items):
        raise ContractError(f"silver.interactions: on {as_of} no purchase counts any more; check --to")
    chosen = chosen_users(users, settings.lists)
    lists = user_lists(learnt, _among(chosen, whom), evidence, settings, seed=seed).where(F.col("user_id") != ANYONE)
    return Renewed(factors, lists.persist(), _among(whom, chosen) if settings.lists.only_users else whom)


def _among(rows: DataFrame, users: DataFrame) -> DataFrame:
    return rows.join(users.select("user_id"), on="user_id", how="left_semi")
