"""Baskets and interactions of the days on which touched baskets were bought, by whoever bought them."""

from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.lake.baskets import Baskets, build_baskets
from basketry.lake.settings import LakeSettings
from basketry.tables import LINES
from basketry.tables.held import held

# A basket is compared with one at most a day before it (lake.baskets.near_duplicate_minutes).
A_DAY = timedelta(days=1)


class Regathered(NamedTuple):
    """`built`: rows of the three tables, of the `baskets` (basket_id) and `days` (user_id, sold_on) that may differ."""

    built: Baskets
    baskets: DataFrame
    days: DataFrame


def regather(
    kept: DataFrame, now: DataFrame, lines: DataFrame, baskets: DataFrame, items: DataFrame, settings: LakeSettings
) -> Regathered:
    """What build_baskets makes of silver.lines with the lines `kept` of the baskets `now`, as far as it may differ.

    `lines` and `baskets` are silver's, before or after these baskets were written: of them only others' rows count, and
    of `baskets` those of `now`, which must be written last, for whose days they were.
    """
    others = lines.join(F.broadcast(now), "basket_id", "left_anti").select(*LINES.column_names)
    fresh = build_baskets(kept, items, settings.baskets, settings.time_zone).baskets
    whose = baskets.join(F.broadcast(now), "basket_id", "left_semi").unionByName(fresh)
    days = held(whose.where(F.col("user_id").isNotNull()).select("user_id", "sold_on").distinct())
    first, last = days.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    around = _around(baskets, days, now, first, last)
    theirs = others.join(F.broadcast(around.select("basket_id")), "basket_id", "left_semi")
    built = build_baskets(kept.unionByName(theirs), items, settings.baskets, settings.time_zone)
    mine = held(now.unionByName(around.where(F.col("sold_on") >= F.lit(first)).select("basket_id")))
    return Regathered(
        Baskets(
            built.baskets.join(F.broadcast(mine), "basket_id", "left_semi"),
            built.oversize.join(F.broadcast(mine), "basket_id", "left_semi"),
            built.interactions.join(F.broadcast(days), ["user_id", "sold_on"], "left_semi"),
        ),
        mine,
        days,
    )


def _around(baskets: DataFrame, days: DataFrame, now: DataFrame, first: date | None, last: date | None) -> DataFrame:
    """The other baskets of these users from a day before their first day to a day after their last."""
    if first is None or last is None:
        return baskets.limit(0)
    near = baskets.where(F.col("sold_on").between(F.lit(first - A_DAY), F.lit(last + A_DAY)))
    theirs = near.join(F.broadcast(days.select("user_id").distinct()), "user_id", "left_semi")
    return held(theirs.join(F.broadcast(now), "basket_id", "left_anti"))
