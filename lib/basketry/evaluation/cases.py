"""What the models are asked: one case a user (what comes next) or a basket (cart).

Cases have case_id, user_id (null when nobody is named) and the array relevant: what was truly bought; those of a cart
also have the arrays cart and masked (items no list may hold). Only items sold before the holdout count: no model could
know another. with_past adds the array before and n_visits: what the user bought before the cut, on how many days.
"""

from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


class UserTasks(NamedTuple):
    """Names of the tasks of users: all they buy, what of it they bought before, what is new to them."""

    whole: str
    repeat: str
    explore: str


CART, PAIR = "cart", "pair"
OF_USERS = {
    "period": UserTasks("next_period", "repeat", "explore"),
    "last_basket": UserTasks("next_basket", "next_basket_repeat", "next_basket_new"),
}


def next_period_cases(train: DataFrame, holdout: DataFrame) -> DataFrame:
    """One case a user: relevant is every known item of the user's interactions in the holdout. Key: case_id."""
    bought = holdout.select("user_id", "item_id").join(_known(train), on="item_id", how="left_semi")
    relevant = F.sort_array(F.collect_set("item_id")).alias("relevant")
    relevant_items = bought.groupBy("user_id").agg(relevant)
    return relevant_items.select(F.col("user_id").alias("case_id"), "user_id", "relevant")


def past(train: DataFrame) -> DataFrame:
    """(user_id, before, n_visits): the items each user bought, sorted, and the days with a purchase. Key: user_id."""
    before = F.sort_array(F.collect_set("item_id")).alias("before")
    return train.groupBy("user_id").agg(before, F.countDistinct("sold_on").alias("n_visits"))


def with_past(cases: DataFrame, before: DataFrame, segments: DataFrame | None = None) -> DataFrame:
    """`cases` with what `past` says of their user, null of users never seen, and the user's segment where there are."""
    told = cases.join(before, on="user_id", how="left")
    if segments is None:
        return told.withColumn("segment", F.lit(None).cast("string"))
    return told.join(segments.select("user_id", "segment"), on="user_id", how="left")


def repeat_cases(cases: DataFrame) -> DataFrame:
    """Of next_period_cases with_past, those who bought something again: relevant is what they did."""
    return _relevant(cases, F.array_intersect("relevant", "before"))


def explore_cases(cases: DataFrame) -> DataFrame:
    """Of next_period_cases with_past, those who bought something new to them: relevant is that, masked what was not."""
    new = F.array_except("relevant", F.coalesce("before", F.array().cast("array<string>")))
    return _relevant(cases, new).withColumn("masked", F.col("before"))


def cart_cases(train: DataFrame, holdout_baskets: DataFrame, *, seed: int) -> DataFrame:
    """One case a basket with two known items or more: one of them, drawn by the seed, is hidden. Key: case_id."""
    lines = holdout_baskets.select("basket_id", "user_id", F.explode("items").alias("item_id"))
    known = lines.join(_known(train), on="item_id", how="left_semi")
    baskets = (
        known.groupBy("basket_id", "user_id")
        .agg(F.sort_array(F.collect_set("item_id")).alias("items"))
        .where(F.size("items") >= 2)
    )
    drawn = F.pmod(F.xxhash64("basket_id", F.lit(seed)), F.size("items").cast("bigint")).cast("int")
    hidden = F.col("items")[drawn]
    cart = F.array_remove("items", hidden)
    return baskets.select(
        F.col("basket_id").alias("case_id"),
        "user_id",
        cart.alias("cart"),
        cart.alias("masked"),
        F.array(hidden).alias("relevant"),
    )


def sampled(cases: DataFrame, max_cases: int, *, seed: int) -> DataFrame:
    """At most `max_cases` cases, drawn by the seed and case_id alone: the same for any partitioning."""
    return cases.orderBy(F.xxhash64("case_id", F.lit(seed)), "case_id").limit(max_cases)


def _relevant(cases: DataFrame, relevant: Column) -> DataFrame:
    return cases.withColumn("relevant", relevant).where(F.size("relevant") > 0)


def _known(train: DataFrame) -> DataFrame:
    return train.select("item_id").distinct()
