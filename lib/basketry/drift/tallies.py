"""What is counted in each block of days: lines by what was bought, baskets by their size, records by their fate."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from basketry.drift.settings import DriftSettings
from basketry.drift.windows import Counted, Rated, block_days, n_blocks

UNKNOWN, KEPT = "(not known)", "(kept)"
LEVELS = ("department", "category", "type")
BLOCK = "block"


class Days(NamedTuple):
    """The days that anything is of, both included."""

    first: date
    last: date

    @property
    def span(self) -> int:
        return (self.last - self.first).days + 1

    def ago(self, n: int) -> date:
        """The first of the last `n` days."""
        return self.last - timedelta(days=n - 1)


def days_of(rows: DataFrame, day: str) -> Days | None:
    """None without rows."""
    first, last = rows.agg(F.min(day), F.max(day)).collect()[0]
    return None if first is None else Days(first, last)


def lines_by_level(
    baskets: DataFrame, items: DataFrame, days: Days, settings: DriftSettings
) -> dict[str, Counted | None]:
    """By level, as `item`: lines by what their items are there; None when silver.items says of none."""
    sold = _in_blocks(baskets, "sold_on", days, settings).select(BLOCK, F.explode("items").alias("item_id"))
    lines = sold.groupBy("item_id", BLOCK).agg(F.count("*").alias("n")).persist()
    # One item has one row in silver.items: no count is multiplied.
    placed = lines.join(items.select("item_id", *LEVELS), "item_id", "left")
    found = placed.groupBy(*LEVELS, BLOCK).agg(F.sum("n").alias("n")).toPandas()
    by_item = _counted(_named(lines, settings).toPandas(), days, settings)
    lines.unpersist()
    return {level: _at(found, level, days, settings) for level in LEVELS} | {"item": by_item}


def _at(found: pd.DataFrame, level: str, days: Days, settings: DriftSettings) -> Counted | None:
    if found[level].isna().all():
        return None
    return _counted(found.assign(member=found[level].fillna(UNKNOWN)), days, settings)


def _named(lines: DataFrame, settings: DriftSettings) -> DataFrame:
    """(member, block, n): items counted less than min_count times in all are one member, null: too rare for a bin of
    their own, they need not come to the driver.
    """
    is_rare = F.sum("n").over(Window.partitionBy("item_id")) < settings.min_count
    named = lines.select(F.when(~is_rare, F.col("item_id")).alias("member"), BLOCK, "n")
    return named.groupBy("member", BLOCK).agg(F.sum("n").alias("n"))


def baskets_by_size(baskets: DataFrame, days: Days, settings: DriftSettings) -> Rated:
    """Baskets of 1, 2, 3-4, 5-8, ... items, and their items / baskets."""
    sized = _in_blocks(baskets, "sold_on", days, settings).groupBy("n_items", BLOCK).agg(F.count("*").alias("n"))
    found = sized.toPandas()
    size, at, n = (found[name].to_numpy(np.int64) for name in ("n_items", BLOCK, "n"))
    bins = np.array([(each - 1).bit_length() for each in size.tolist()], np.int64)
    counts = np.zeros((bins.max() + 1, n_blocks(settings)), np.int64)
    np.add.at(counts, (bins, at), n)
    items, nothing = np.zeros_like(counts[0]), np.zeros_like(counts[0])
    np.add.at(items, at, n * size)
    names = [size_name(number) for number in range(len(counts))]
    return Rated(Counted(names, counts, nothing, days.span), items, counts.sum(axis=0))


def size_name(number: int) -> str:
    """The sizes of a bin, as 5-8."""
    last = 1 << number
    return str(last) if number < 2 else f"{last // 2 + 1}-{last}"


def arrived(files: DataFrame) -> DataFrame:
    """(file, arrived_on, n): the receipt files of bronze.files and their records that are not blank."""
    n = (F.col("n_records") - F.col("n_blank")).alias("n")
    return files.where(F.col("source") == "lines").select("file", F.to_date("arrived_at").alias("arrived_on"), n)


def records_by_reason(files: DataFrame, rejects: DataFrame, days: Days, settings: DriftSettings) -> Rated:
    """Records of `files`, as `arrived` gives them, by the reasons they were refused for, or kept; refused / all."""
    placed = _in_blocks(files, "arrived_on", days, settings).select("file", BLOCK, "n")
    reasons = F.array_join("reasons", ", ").alias("member")
    refused = rejects.select("file", reasons).groupBy("file", "member").agg(F.count("*").alias("n"))
    refused = placed.drop("n").join(refused, "file", "inner").select("member", BLOCK, "n")
    kept = F.lit(KEPT).alias("member")
    rest = placed.select(kept, BLOCK, "n").unionByName(refused.select(kept, BLOCK, (-F.col("n")).alias("n")))
    found = rest.unionByName(refused).groupBy("member", BLOCK).agg(F.sum("n").alias("n")).toPandas()
    counted = _counted(found, days, settings)
    whole = counted.n.sum(axis=0)
    return Rated(counted, whole - counted.n[counted.members.index(KEPT)], whole)


def _in_blocks(rows: DataFrame, day: str, days: Days, settings: DriftSettings) -> DataFrame:
    """With the block of each row; those too long ago are left out."""
    block = F.floor(F.datediff(F.lit(days.last), day) / F.lit(block_days(settings))).cast("int")
    return rows.withColumn(BLOCK, block).where(F.col(BLOCK) < n_blocks(settings))


def _counted(found: pd.DataFrame, days: Days, settings: DriftSettings) -> Counted:
    """From (member, block, n), members in one order on any partitions; what has no member is the rest."""
    is_rest = found["member"].isna().to_numpy()
    members, place = np.unique(found["member"][~is_rest].to_numpy(object), return_inverse=True)
    n, rest = np.zeros((len(members), n_blocks(settings)), np.int64), np.zeros(n_blocks(settings), np.int64)
    block, number = found[BLOCK].to_numpy(np.int64), found["n"].to_numpy(np.int64)
    np.add.at(n, (place, block[~is_rest]), number[~is_rest])
    np.add.at(rest, block[is_rest], number[is_rest])
    return Counted(members.tolist(), n, rest, days.span)
