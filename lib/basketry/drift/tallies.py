"""What is counted in each block of days: lines by what was bought, baskets by their size, records by their fate."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from basketry.drift.settings import DriftSettings
from basketry.drift.windows import Counted, Rated, block_days, n_blocks

UNKNOWN, KEPT = "(not known)", "(kept)"
REST, BLOCK = "rest", "block"


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


def lines_by_item(baskets: DataFrame, items: DataFrame, days: Days, settings: DriftSettings) -> DataFrame:
    """(item_id, block, n, and the levels of silver.items): lines of each item in each block; persisted."""
    sold = _in_blocks(baskets, "sold_on", days, settings).select(BLOCK, F.explode("items").alias("item_id"))
    counted = sold.groupBy("item_id", BLOCK).agg(F.count("*").alias("n"))
    # One item has one row in silver.items: no count is multiplied.
    return counted.join(items.select("item_id", "department", "category", "type"), "item_id", "left").persist()


def lines_at(counted: DataFrame, column: str, days: Days, settings: DriftSettings) -> Counted | None:
    """Lines by what their items are at a level; None when silver.items says of none."""
    if column != "item_id" and counted.where(F.col(column).isNotNull()).isEmpty():
        return None
    member = F.coalesce(F.col(column), F.lit(UNKNOWN)).alias("member")
    return _gathered(counted.select(member, BLOCK, "n"), days, settings, settings.min_count)


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
    counted = _gathered(rest.unionByName(refused), days, settings, fewest=0)
    whole = counted.n.sum(axis=0)
    return Rated(counted, whole - counted.n[counted.members.index(KEPT)], whole)


def _in_blocks(rows: DataFrame, day: str, days: Days, settings: DriftSettings) -> DataFrame:
    """With the block of each row; those too long ago are left out."""
    block = F.floor(F.datediff(F.lit(days.last), day) / F.lit(block_days(settings))).cast("int")
    return rows.withColumn(BLOCK, block).where(F.col(BLOCK) < n_blocks(settings))


def _gathered(counted: DataFrame, days: Days, settings: DriftSettings, fewest: int) -> Counted:
    """From (member, block, n). Members counted less than `fewest` times in all are counted without a name: too rare for
    a bin of their own, they need not come to the driver.
    """
    is_rare = (F.sum("n").over(Window.partitionBy("member")) < fewest).alias(REST)
    named = counted.select("*", is_rare).withColumn("member", F.when(~F.col(REST), F.col("member")))
    found = named.groupBy("member", BLOCK).agg(F.sum("n").alias("n")).toPandas()
    rows, rest = found[found["member"].notna()], found[found["member"].isna()]
    # In one order, on any partitions.
    members = sorted(rows["member"].unique())
    place = {member: number for number, member in enumerate(members)}
    n = np.zeros((len(members), n_blocks(settings)), np.int64)
    n[[place[member] for member in rows["member"]], rows[BLOCK].to_numpy(np.int64)] = rows["n"].to_numpy(np.int64)
    others = np.zeros(n.shape[1], np.int64)
    others[rest[BLOCK].to_numpy(np.int64)] = rest["n"].to_numpy(np.int64)
    return Counted(members, n, others, days.span)
