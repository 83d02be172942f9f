"""Stable integer indexes: given once, in the order of the ids after those given before, never changed."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def with_index(rows: DataFrame, before: DataFrame, key: str, index: str) -> DataFrame:
    """`rows` (unique, non-null `key`) with `index`: that of `before`, or the next free ones in the order of the key."""
    known = rows.join(before.select(key, index), key, "left")
    # An aggregate without groups is one row even over an empty table.
    next_free = before.agg((F.coalesce(F.max(index), F.lit(-1)) + 1).alias("next_free"))
    fresh = known.where(F.col(index).isNull()).crossJoin(F.broadcast(next_free))
    place = F.row_number().over(Window.orderBy(key)) - 1
    numbered = fresh.withColumn(index, (F.col("next_free") + place).cast("int")).drop("next_free")
    return known.where(F.col(index).isNotNull()).unionByName(numbered)
