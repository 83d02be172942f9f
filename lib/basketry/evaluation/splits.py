"""Splits by time only: what models may learn from, and what was bought later, that they are judged on."""

from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.evaluation.levels import interactions_of
from basketry.evaluation.settings import EvaluationSettings


class Split(NamedTuple):
    """Rows before the cut, and rows from it on."""

    train: DataFrame
    holdout: DataFrame


class Parted(NamedTuple):
    """What was bought, cut in two; purchases age from the day `as_of`."""

    interactions: Split
    baskets: Split
    as_of: date


def part(
    baskets: DataFrame, interactions: DataFrame, settings: EvaluationSettings, to_on: date | None = None
) -> Parted:
    """By evaluation.split, known items only. `baskets` has sold_at for split last_basket.

    By period, purchases age from the day before the holdout. Last baskets lie on all days, so there they age from the
    last day of all: it is the order of a user's purchases that counts, and none is younger than the basket held out.
    Raises ContractError where nothing would be left to learn from or to judge on.
    """
    if settings.split == "period":
        start = holdout_start(interactions, settings.holdout_days, to_on)
        whole = Parted(split_at(interactions, start), split_at(baskets, start), start - timedelta(days=1))
    else:
        cut = last_baskets(baskets, settings.min_baskets)
        whole = Parted(Split(*map(interactions_of, cut)), cut, _end(baskets, to_on) - timedelta(days=1))
    return known_only(whole, settings.min_item_baskets)


def part_before_holdout(
    baskets: DataFrame, interactions: DataFrame, settings: EvaluationSettings, days: int, to_on: date | None = None
) -> Parted:
    """What came before the last evaluation.holdout_days, cut `days` before its end: to choose settings on.

    By period, whatever evaluation.split: nothing of the days that a period is judged on is in it. Raises as `part`.
    """
    end = holdout_start(interactions, settings.holdout_days, to_on)
    early, receipts = split_at(interactions, end).train, split_at(baskets, end).train
    start = holdout_start(early, days, end, setting="recommend.tune.validation_days")
    whole = Parted(split_at(early, start), split_at(receipts, start), start - timedelta(days=1))
    return known_only(whole, settings.min_item_baskets)


def holdout_start(
    interactions: DataFrame,
    holdout_days: int,
    to_on: date | None = None,
    *,
    setting: str = "evaluation.holdout_days",
) -> date:
    """The first of the last `holdout_days` days before `to_on`, else of the data. `setting` is what those are set by.

    Raises ContractError when no purchase lies before it, or none after.
    """
    first, last = interactions.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    end = to_on or (last and last + timedelta(days=1))
    start: date = end and end - timedelta(days=holdout_days)
    if first is None or not first < start <= last:
        raise ContractError(
            f"silver.interactions: purchases from {first} to {last} cannot be split {holdout_days} days before "
            f"{end}; choose a smaller {setting} or a longer period"
        )
    return start


def split_at(dated: DataFrame, start: date) -> Split:
    """Rows with sold_on before `start`, and the others."""
    is_later = F.col("sold_on") >= F.lit(start)
    return Split(dated.where(~is_later), dated.where(is_later))


def last_baskets(baskets: DataFrame, min_baskets: int) -> Split:
    """The last basket, by sold_at and basket_id, of each user with at least `min_baskets`, and every other basket.

    Those of nobody are never last. Raises ContractError when no user has so many.
    """
    # A basket of nobody stands for itself: all of them together would be one huge partition.
    who = F.coalesce(F.concat(F.lit("u"), "user_id"), F.concat(F.lit("b"), "basket_id"))
    by_user = Window.partitionBy(who)
    place = F.row_number().over(by_user.orderBy(F.desc("sold_at"), F.desc("basket_id")))
    named = F.col("user_id").isNotNull() & (F.count("*").over(by_user) >= min_baskets)
    marked = baskets.withColumn("is_last", named & (place == 1)).persist()
    cut = Split(marked.where("not is_last").drop("is_last"), marked.where("is_last").drop("is_last"))
    if cut.holdout.isEmpty():
        raise ContractError(
            f"silver.baskets: no user has {min_baskets} baskets, so no last one can be held out; choose a smaller "
            "evaluation.min_baskets or a longer period"
        )
    return cut


def known_only(whole: Parted, min_baskets: int) -> Parted:
    """Without the items in fewer than `min_baskets` baskets before the cut, on both sides of it."""
    if min_baskets == 1:
        return whole
    lines = whole.baskets.train.select(F.explode("items").alias("item_id"))
    known = lines.groupBy("item_id").count().where(F.col("count") >= min_baskets).select("item_id").persist()
    interactions = [side.join(known, on="item_id", how="left_semi") for side in whole.interactions]
    return whole._replace(
        interactions=Split(*interactions), baskets=Split(*[_holding(known, side) for side in whole.baskets])
    )


def _holding(known: DataFrame, baskets: DataFrame) -> DataFrame:
    """Baskets of their known items alone; those without any are left out."""
    lines = baskets.select("basket_id", F.explode("items").alias("item_id"))
    kept = lines.join(known, on="item_id", how="left_semi").groupBy("basket_id")
    items = kept.agg(F.array_sort(F.collect_list("item_id")).alias("items"))
    return baskets.drop("items").join(items, on="basket_id", how="inner").select(*baskets.columns)


def _end(dated: DataFrame, to_on: date | None) -> date:
    """The day after the last."""
    last: date = dated.agg(F.max("sold_on")).collect()[0][0]
    return to_on or last + timedelta(days=1)
