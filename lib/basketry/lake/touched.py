"""Which baskets new receipts touch: those they name, those that returns tie to them, and which of these came too late
to be judged by what arrived lately.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.lake.versions import is_sound
from basketry.tables import FILES

# A till's clock may be ahead of the file it writes: cleaning accepts sales up to a day after its arrival.
AHEAD_DAYS = 1
MICROS_A_DAY = 86_400_000_000
AFTER_WATERMARK, EARLIER_RECORDS = "after_watermark", "earlier_records"


class Touched(NamedTuple):
    """Baskets to judge anew; of those that came too late: why. `baskets`: (basket_id, late), late null or a reason."""

    now: frozenset[str]
    late: dict[str, str]
    baskets: DataFrame


def since(files: DataFrame, names: Iterable[str], late_days: int) -> Column:
    """From when on files may hold earlier records of a basket that files of these names do not bring too late (UTC)."""
    arrived = F.min(F.unix_micros("arrived_at"))
    first = files.where(F.col("file").isin(*names)).agg(arrived).collect()[0][0]
    return F.timestamp_micros(F.lit(first - (late_days + AHEAD_DAYS) * MICROS_A_DAY))


def near_files(files: DataFrame, names: Iterable[str], first: Column) -> DataFrame:
    """The rows of bronze.files to judge the files of these names with: their own, and receipts that arrived since.

    Held by the driver, so that what asks them again, as every step of cleaning does, costs no job of Spark's.
    """
    is_near = (F.col("source") == "lines") & (F.col("arrived_at") >= first)
    found = files.where(is_near | F.col("file").isin(*names)).collect()
    return files.sparkSession.createDataFrame(found, FILES.schema)


def touched(typed: DataFrame, near: DataFrame, standing: DataFrame, names: list[str], late_days: int) -> Touched:
    """The baskets that the sound records of the files `names` name, and all that returns tie to these.

    A basket is late when a record of it came more than `late_days` after its sale, or when silver.lines (`standing`)
    has it from a file that is not near: to judge it by the near files alone would lose what came before. So is one
    that is tied to a late one. `typed`: the typed records of the near files.
    """
    sound = typed.where(is_sound())
    own = _named_by(sound.where(F.col("file").isin(*names)), near, late_days)
    ties = sound.where((F.col("quantity") < 0) & F.col("returned_basket_id").isNotNull())
    groups = _tied(own, [tuple(row) for row in ties.select("basket_id", "returned_basket_id").distinct().collect()])
    spark = typed.sparkSession
    every = spark.createDataFrame([(basket,) for group in groups for basket in sorted(group)], "basket_id string")
    far = standing.join(F.broadcast(near.select("file")), "file", "left_anti").join(
        F.broadcast(every), "basket_id", "left_semi"
    )
    reaching = {row.basket_id for row in far.select("basket_id").distinct().collect()}
    late = {basket: why for group in groups if (why := _why(group, own, reaching)) for basket in group}
    now = frozenset(basket for group in groups for basket in group) - late.keys()
    marked = [*((basket, None) for basket in sorted(now)), *sorted(late.items())]
    return Touched(now, late, spark.createDataFrame(marked, "basket_id string, late string"))


def _named_by(sound: DataFrame, near: DataFrame, late_days: int) -> dict[str, bool]:
    """The baskets these records name, and whether one of them came after the watermark."""
    arrived = F.broadcast(near.select("file", "arrived_at"))
    is_late = F.col("sold_at") < F.col("arrived_at") - F.expr(f"INTERVAL {late_days} DAYS")
    found = sound.join(arrived, "file", "inner").groupBy("basket_id").agg(F.max(is_late).alias("is_late"))
    return {row.basket_id: row.is_late for row in found.collect()}


def _tied(own: dict[str, bool], ties: list[tuple[str, ...]]) -> list[frozenset[str]]:
    """The baskets of `own` and all that ties lead to from them, in groups that no tie leaves."""
    beside: dict[str, set[str]] = {}
    for one, other in ties:
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    groups: list[frozenset[str]] = []
    seen: set[str] = set()
    for basket in sorted(own):
        if basket not in seen:
            groups.append(_reached(basket, beside))
            seen |= groups[-1]
    return groups


def _reached(basket: str, beside: dict[str, set[str]]) -> frozenset[str]:
    found, waiting = {basket}, [basket]
    while waiting:
        fresh = beside.get(waiting.pop(), set()) - found
        found |= fresh
        waiting.extend(fresh)
    return frozenset(found)


def _why(group: frozenset[str], own: dict[str, bool], reaching: set[str]) -> str | None:
    if any(own.get(basket) for basket in group):
        return AFTER_WATERMARK
    return EARLIER_RECORDS if group & reaching else None
