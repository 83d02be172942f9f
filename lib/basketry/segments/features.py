"""What a user did until the end of the period: how lately, how often, for how much, on what."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.segments.arrays import Floats, Ints, Names, names_of
from basketry.segments.settings import SegmentsSettings

ACTIVITY = ("recency", "frequency", "money")
OTHER = "other"


class Features(NamedTuple):
    """Of U users by id: `activity` [U, 3], `spend` [U, L] on the `labels` (currency, none below 0), their mean
    `embedding` [U, D], of no columns when it is not asked for, and `n_baskets` [U].

    Activity: days since the last basket, baskets a week, money a week. Weeks count from the user's first basket.
    """

    users: Names
    n_baskets: Ints
    activity: Floats
    labels: Names
    spend: Floats
    embedding: Floats


def user_features(
    lines: DataFrame,
    baskets: DataFrame,
    users: DataFrame,
    items: DataFrame,
    settings: SegmentsSettings,
    *,
    to_on: date | None,
) -> Features:
    """Of every user of silver.users, without an embedding. The period ends the day before `to_on`, else with the last
    basket of theirs. A user without a basket in it has been away for all of it.

    Sums are of whole numbers and decimals, so that no partitioning changes them. Raises ContractError without a user,
    and beyond segments.max_users.
    """
    names = _names(users, settings)
    seen = _visits(baskets).reindex(names)
    money = _money(lines).reindex(names).fillna(0.0).to_numpy(float)
    labels, spend = _spend(lines, items, settings, names)
    n = seen["n"].fillna(0).to_numpy(np.int64)
    activity = _activity(seen, n, money, settings, to_on)
    return Features(names, n, activity, labels, spend, np.empty((len(names), 0)))


def _names(users: DataFrame, settings: SegmentsSettings) -> Names:
    n = users.count()
    if n > settings.max_users:
        raise ContractError(
            f"silver.users: {n:,} users are more than segments.max_users = {settings.max_users:,} that the driver "
            "takes; give it more memory (spark.driver_memory) and raise the setting"
        )
    if n == 0:
        raise ContractError("silver.users: no user to segment; run clean_lines on receipts that name their users")
    return names_of(sorted(users.select("user_id").toPandas()["user_id"]))


def _visits(baskets: DataFrame) -> pd.DataFrame:
    """n, first and last day, by user_id."""
    day = F.datediff("sold_on", F.lit(date(1970, 1, 1)))
    known = baskets.where(F.col("user_id").isNotNull()).select("user_id", day.alias("day"))
    seen = known.groupBy("user_id").agg(
        F.count("*").alias("n"), F.min("day").alias("first"), F.max("day").alias("last")
    )
    return seen.toPandas().set_index("user_id")


def _money(lines: DataFrame) -> pd.Series:
    paid = lines.where(F.col("user_id").isNotNull()).groupBy("user_id").agg(F.sum("amount").cast("double").alias("sum"))
    return paid.toPandas().set_index("user_id")["sum"]


def _activity(seen: pd.DataFrame, n: Ints, money: Floats, settings: SegmentsSettings, to_on: date | None) -> Floats:
    first, last = (seen[name].to_numpy(float) for name in ("first", "last"))
    some = n > 0
    if not some.any():
        raise ContractError("silver.baskets: no basket of a known user in the period; widen --from and --to")
    end = (to_on - timedelta(days=1) - date(1970, 1, 1)).days if to_on else int(np.nanmax(last))
    start = np.nanmin(first)
    first, last = np.where(some, first, start), np.where(some, last, start - 1)
    weeks = np.maximum((end + 1 - first) / 7, settings.min_weeks)
    return np.stack([end - last, n / weeks, np.maximum(money, 0) / weeks], axis=1)


def _spend(lines: DataFrame, items: DataFrame, settings: SegmentsSettings, names: Names) -> tuple[Names, Floats]:
    """The labels with most spend, most first, ties by name, then `other` where there are more; [U, L]."""
    label = F.coalesce(F.col(settings.share_level), F.lit(OTHER)).alias("label")
    # One item has one row in silver.items: lines are not multiplied. An item without a row counts as other.
    known = lines.where(F.col("user_id").isNotNull()).join(items.select("item_id", label), on="item_id", how="left")
    by = known.groupBy("user_id", F.coalesce("label", F.lit(OTHER)).alias("label")).agg(F.sum("amount").alias("sum"))
    spent = by.where("sum > 0").select("user_id", "label", F.col("sum").cast("double")).toPandas()
    # Sums of doubles hang on their order.
    spent = spent.sort_values(["user_id", "label"])
    totals = spent.groupby("label")["sum"].sum().drop(OTHER, errors="ignore")
    largest = sorted(totals.index, key=lambda name: (-totals[name], name))[: settings.max_shares]
    spent["label"] = spent["label"].where(spent["label"].isin(largest), OTHER)
    wide = spent.pivot_table(index="user_id", columns="label", values="sum", aggfunc="sum", fill_value=0.0)
    labels = [*largest, *([OTHER] if OTHER in wide.columns else [])]
    return names_of(labels), wide.reindex(index=names, columns=labels, fill_value=0.0).to_numpy(float)
