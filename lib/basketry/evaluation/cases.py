"""What the models are asked: one case a user (next period) or a basket (cart).

Cases have case_id, user_id (null when nobody is named) and the array relevant: what was truly bought; those of a cart
also have the arrays cart and masked (items no list may hold). Only items sold before the holdout count: no model could
know another.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def next_period_cases(train: DataFrame, holdout: DataFrame) -> DataFrame:
    """One case a user: relevant is every known item of the user's interactions in the holdout. Key: case_id."""
    bought = holdout.select("user_id", "item_id").join(_known(train), on="item_id", how="left_semi")
    relevant = F.sort_array(F.collect_set("item_id")).alias("relevant")
    relevant_items = bought.groupBy("user_id").agg(relevant)
    return relevant_items.select(F.col("user_id").alias("case_id"), "user_id", "relevant")


def explore_cases(train: DataFrame, holdout: DataFrame) -> DataFrame:
    """One case a user: relevant is every known item bought in the holdout and never before; what was, is masked."""
    before = train.groupBy("user_id").agg(F.collect_set("item_id").alias("masked"))
    cases = next_period_cases(train, holdout).join(before, on="user_id", how="left")
    new = F.array_except("relevant", F.coalesce("masked", F.array().cast("array<string>"))).alias("relevant")
    return cases.select("case_id", "user_id", "masked", new).where(F.size("relevant") > 0)


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


def _known(train: DataFrame) -> DataFrame:
    return train.select("item_id").distinct()
