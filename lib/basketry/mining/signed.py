"""What came, went or changed among the mined baskets between two states of silver.baskets, each basket with a sign.

Counts add up: those of now are those of then, plus what came, less what went. A basket that changed is both: it went as
it was, and came as it is.
"""

from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.mining.levels import at_level
from basketry.mining.periods import Days, mined_days
from basketry.mining.settings import MiningSettings
from basketry.since import IS, WAS


class State(NamedTuple):
    """silver.baskets and silver.items at one time, and which days of the baskets are mined."""

    baskets: DataFrame
    items: DataFrame
    days: Days


def state_of(baskets: DataFrame, items: DataFrame, settings: MiningSettings) -> State:
    """The days follow from the baskets."""
    return State(baskets, items, mined_days(baskets, settings.holdout_days, settings.weeks))


def signed_baskets(then: State, now: State, feed: DataFrame, level: str) -> DataFrame:
    """Baskets at a level (basket_id, user_id, sold_on, items, stratum) with `sign`: -1 went, +1 came.

    `feed`: every change of silver.baskets from the state then to now, with Delta's _change_type and _commit_version.
    """
    went = at_level(_first(feed).where(then.days.hold(F.col("sold_on"))), then.items, level)
    came = at_level(_last(feed).where(now.days.hold(F.col("sold_on"))), now.items, level)
    signed = came.withColumn("sign", F.lit(1)).unionByName(went.withColumn("sign", F.lit(-1)))
    return signed if then.days == now.days else signed.unionByName(_moved(then, now, feed, level))


def _moved(then: State, now: State, feed: DataFrame, level: str) -> DataFrame:
    """Baskets that are what they were, of days that are mined now and were not, or the other way round."""
    is_in, was_in = now.days.hold(F.col("sold_on")), then.days.hold(F.col("sold_on"))
    same = now.baskets.where(is_in != was_in).join(feed.select("basket_id"), "basket_id", "left_anti")
    lifted = at_level(same, now.items, level)
    return lifted.withColumn("sign", F.when(now.days.hold(F.col("sold_on")), 1).otherwise(-1))


def _first(feed: DataFrame) -> DataFrame:
    """Each changed basket as it was before the first of its changes; none that was not there."""
    return _end(feed, F.col("_commit_version"), WAS)


def _last(feed: DataFrame) -> DataFrame:
    """Each changed basket as it is after the last of its changes; none that is gone."""
    return _end(feed, -F.col("_commit_version"), IS)


def _end(feed: DataFrame, order: Column, kinds: tuple[str, ...]) -> DataFrame:
    """Of each basket's changes in its first commit by `order`, the row of one of the kinds, where there is one."""
    first = F.min(order).over(Window.partitionBy("basket_id"))
    return feed.withColumn("_first", first).where((order == F.col("_first")) & F.col("_change_type").isin(*kinds))


def same_places(then: DataFrame, now: DataFrame, level: str) -> bool:
    """Whether every item known then is at `level` what it was: else baskets changed that the feed does not name."""
    if level == "item":
        return True
    before, after = then.select("item_id", F.col(level).alias("then")), now.select("item_id", F.col(level).alias("now"))
    return before.join(after, "item_id", "left").where(~F.equal_null("then", "now")).isEmpty()
