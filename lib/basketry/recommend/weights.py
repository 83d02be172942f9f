"""How much a user's purchases of an item count, and how popular each item is, on a given day."""

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError

# Decayed counts are added as whole billionths: a sum of integers does not depend on the order of the rows.
UNIT = 1_000_000_000


def as_of_day(interactions: DataFrame, to_on: date | None = None) -> date:
    """The day that purchases age from: the day before `to_on`, else the last day in the data.

    Raises ContractError without interactions.
    """
    if to_on:
        return to_on - timedelta(days=1)
    last: date | None = interactions.agg(F.max("sold_on")).collect()[0][0]
    if last is None:
        raise ContractError("silver.interactions: no purchases to learn from; run build_baskets on a longer period")
    return last


def decayed_counts(interactions: DataFrame, *, as_of: date, half_life_days: float) -> DataFrame:
    """(user_id, item_id, count): baskets with the item, each counted 2^(-age / half-life).

    Key: user_id, item_id. Purchases so old that they count less than a billionth are left out.
    """
    decay = F.pow(F.lit(0.5), F.datediff(F.lit(as_of), F.col("sold_on")) / F.lit(half_life_days))
    return (
        interactions.select("user_id", "item_id", decay.alias("decay"), "n_baskets")
        .where(F.col("decay") >= 1 / UNIT)
        .groupBy("user_id", "item_id")
        .agg((F.sum(F.round(F.col("decay") * F.col("n_baskets") * UNIT).cast("bigint")) / UNIT).alias("count"))
    )


def decayed_visits(interactions: DataFrame, *, as_of: date, half_life_days: float) -> DataFrame:
    """(user_id, visits): the user's baskets, decayed as in decayed_counts, so that no count exceeds its user's visits.

    Key: user_id. A day's baskets are those of the item in most of them.
    """
    days = interactions.groupBy("user_id", "sold_on").agg(F.max("n_baskets").alias("n_baskets"))
    whole = days.select("user_id", F.lit("").alias("item_id"), "sold_on", "n_baskets")
    return decayed_counts(whole, as_of=as_of, half_life_days=half_life_days).select(
        "user_id", F.col("count").alias("visits")
    )


def with_weight(counts: DataFrame) -> DataFrame:
    """`counts` with weight = log(1 + count): a tenth purchase says less than a second (Hu, Koren and Volinsky 2008)."""
    return counts.withColumn("weight", F.log1p("count"))


def item_popularity(counts: DataFrame) -> DataFrame:
    """(item_id, popularity): the item's share of all decayed purchases (0 to 1). Key: item_id."""
    by_item = counts.groupBy("item_id").agg(F.sum(F.round(F.col("count") * UNIT).cast("bigint")).alias("n"))
    total = by_item.agg(F.sum("n").alias("total"))
    return by_item.crossJoin(F.broadcast(total)).select("item_id", (F.col("n") / F.col("total")).alias("popularity"))
