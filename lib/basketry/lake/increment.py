"""Silver of the baskets that new files touch: what clean_lines would make of them, by its own functions.

Each result is made from bronze and from rows of silver that writing it does not change, so that a batch that was broken
off between two writes gives the same when it is done again.
"""

from typing import NamedTuple

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.lake.checks import Tally, refuse_unbalanced, tally
from basketry.lake.clean import JUDGED, kept_lines, outcomes_of, rejects_of
from basketry.lake.entities import known_items, known_users, sold_items
from basketry.lake.judge import judged, typed_receipts
from basketry.lake.products import judged_products, list_prices
from basketry.lake.settings import LakeSettings
from basketry.lake.touched import Touched, near_files, since, touched
from basketry.lake.versions import is_sound
from basketry.tables import CORRECTIONS, LINES
from basketry.tables.held import held

RECORD = ("file", "record_number")


class Bronze(NamedTuple):
    """bronze.lines and bronze.files, with the new files; `names`: which files are new."""

    lines: DataFrame
    files: DataFrame
    names: list[str]


class Standing(NamedTuple):
    """silver.lines, silver.items and silver.users before the new files."""

    lines: DataFrame
    items: DataFrame
    users: DataFrame


class Increment(NamedTuple):
    """What to write. `lines` are those of the baskets `touched`; `rejects` those among `records`; `users` those to
    merge; `items` the whole table; `corrections` the records that came too late.
    """

    lines: DataFrame
    touched: DataFrame
    rejects: DataFrame
    records: DataFrame
    items: DataFrame
    users: DataFrame
    corrections: DataFrame
    counted: Tally


def clean_new(bronze: Bronze, before: Standing, settings: LakeSettings, late_days: int) -> Increment:
    """Silver of the baskets that the new files touch.

    Raises ContractError naming the file when its records are not kept + duplicates + rejects + blank + late.
    """
    first = since(bronze.files, bronze.names, late_days)
    near = near_files(bronze.files, bronze.names, first)
    lines = bronze.lines.where(F.col("arrived_at") >= first)
    new = near.where(F.col("file").isin(*bronze.names))
    brings_products = not new.where(F.col("source") == "items").isEmpty()
    products = _products(bronze, before.items, settings, is_new=brings_products).persist()
    typed = typed_receipts(lines, near, list_prices(products), settings).persist(StorageLevel.MEMORY_AND_DISK)
    found = touched(typed, near, before.lines, bronze.names, late_days)
    records, late = _parted(typed, found, bronze.names)
    late = late.withColumn("sold_on", F.to_date(F.from_utc_timestamp("sold_at", settings.time_zone)))
    settled = held(judged(records, near, settings).select(*JUDGED))
    listed = products.where(F.col("file").isNotNull())
    outcomes = outcomes_of(settled, listed, lines.where(F.col("file").isin(*bronze.names)), new)
    late_ones = F.lit("late").alias("outcome"), F.array().cast("array<string>").alias("reasons")
    counted = _counted(outcomes.unionByName(late.select(*RECORD, *late_ones)), new)
    every = bronze.lines if brings_products else lines
    now = found.baskets.where(F.col("late").isNull()).select("basket_id")
    others = before.lines.join(F.broadcast(now), "basket_id", "left_anti")
    kept = held(kept_lines(settled, settings, _of_items(others, settled)))
    return Increment(
        kept.select(*LINES.column_names),
        now,
        _rejects(outcomes, every, bronze.files),
        outcomes.select(*RECORD),
        _items(kept, products, before.items),
        _users(kept, before, now),
        late.withColumnRenamed("late", "reason").select(*CORRECTIONS.column_names),
        counted,
    )


def _products(bronze: Bronze, items: DataFrame, settings: LakeSettings, *, is_new: bool) -> DataFrame:
    """The product table judged anew when a new file is of it; else what silver.items has of it, as kept records of no
    file.
    """
    if is_new:
        return judged_products(bronze.lines, bronze.files, settings)
    none = {"file": "string", "record_number": "bigint", "reasons": "array<string>"}
    nothing = {name: F.lit(None).cast(kind) for name, kind in none.items()}
    return items.where(~F.col("is_stub")).withColumns(nothing | {"outcome": F.lit("kept")})


def _parted(typed: DataFrame, found: Touched, names: list[str]) -> tuple[DataFrame, DataFrame]:
    """The records to judge: of touched baskets, and unsound ones of the new files; and the late ones among the new."""
    marked = typed.join(F.broadcast(found.baskets.withColumn("is_named", F.lit(True))), "basket_id", "left")
    is_new, is_late = F.col("file").isin(*names), F.col("late").isNotNull()
    judged_now = F.coalesce(F.col("is_named") & ~is_late, F.lit(False)) | (is_new & ~is_sound())
    return marked.where(judged_now).select(*typed.columns), marked.where(is_new & is_sound() & is_late)


def _rejects(outcomes: DataFrame, lines: DataFrame, files: DataFrame) -> DataFrame:
    # MERGE, other than a plain write, asks that the type itself rules out null elements.
    return rejects_of(outcomes, lines, files, is_few=True).withColumn("reasons", F.array_compact("reasons"))


def _counted(outcomes: DataFrame, new: DataFrame) -> Tally:
    counted = tally(outcomes.join(F.broadcast(new.select("file")), "file", "left_semi"), new)
    refuse_unbalanced(counted)
    return counted


def _of_items(lines: DataFrame, settled: DataFrame) -> DataFrame:
    """The lines of items that the settled records sell."""
    items = settled.where(F.col("outcome") == "kept").select("item_id").distinct()
    return lines.join(F.broadcast(items), "item_id", "left_semi")


def _items(kept: DataFrame, products: DataFrame, before: DataFrame) -> DataFrame:
    """silver.items with the items of these lines: a new one gets the next index, a stub the greatest name it had."""
    known = before.select("item_id", "is_stub", F.nullif("name", "item_id").alias("known_name"))
    sold = sold_items(kept).join(known, "item_id", "left").where(F.coalesce("is_stub", F.lit(True)))
    named = sold.withColumn("receipt_name", F.greatest("receipt_name", "known_name")).drop("is_stub", "known_name")
    return known_items(named, products.where(F.col("outcome") == "kept"), before)


def _users(kept: DataFrame, before: Standing, now: DataFrame) -> DataFrame:
    """The rows of silver.users of whoever bought a touched basket, before or now."""
    bought = before.lines.join(F.broadcast(now), "basket_id", "left_semi").select("user_id")
    users = held(bought.unionByName(kept.select("user_id")).where(F.col("user_id").isNotNull()).distinct())
    theirs = before.lines.join(F.broadcast(users), "user_id", "left_semi")
    theirs = theirs.join(F.broadcast(now), "basket_id", "left_anti").unionByName(kept.select(*LINES.column_names))
    return known_users(theirs, before.users).join(F.broadcast(users), "user_id", "left_semi")
