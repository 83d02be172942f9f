"""bronze to silver: lines typed and kept once, everything refused with its reasons, and the law checked before."""

from collections import Counter
from typing import NamedTuple

from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.lake.checks import Check, Tally, quality, refuse_failed, refuse_lost, refuse_unbalanced, tally
from basketry.lake.entities import FLAGS, known_items, known_users, named_by_key, sold_items
from basketry.lake.judge import judged_lines
from basketry.lake.outliers import is_outlier, usual_values
from basketry.lake.products import judged_products, list_prices
from basketry.lake.records import BLANK
from basketry.lake.settings import LakeSettings
from basketry.tables import CHECKS, LINES, REJECTS

# Of a judged record only what is read later is kept in memory.
LATER = ("sold_on", "is_outlier")
JUDGED = (*(name for name in LINES.column_names if name not in LATER), "item_name", "outcome", "reasons")
# Some 20 MB on each machine.
FEW_REJECTS = 100_000


class Silver(NamedTuple):
    """The tables that cleaning makes, and the counts behind them."""

    lines: DataFrame
    rejects: DataFrame
    items: DataFrame
    users: DataFrame
    checks: DataFrame
    counted: Tally


class Before(NamedTuple):
    """silver.items and silver.users as they stand: their indexes stay."""

    items: DataFrame
    users: DataFrame


def clean(lines: DataFrame, files: DataFrame, before: Before, settings: LakeSettings) -> Silver:
    """Silver from bronze.lines and bronze.files.

    Raises ContractError naming the file when records read are not kept + duplicates + rejects + blank, and GateError
    when a check is above its limit.
    """
    products = judged_products(lines, files, settings).persist(StorageLevel.MEMORY_AND_DISK)
    judged = judged_lines(lines, files, list_prices(products), settings).select(*JUDGED)
    judged = judged.persist(StorageLevel.MEMORY_AND_DISK)
    outcomes = outcomes_of(judged, products, lines, files)
    counted = tally(outcomes, files)
    refuse_unbalanced(counted)
    kept = kept_lines(judged, settings)
    sold = sold_items(kept).persist()
    items = known_items(sold, products.where(F.col("outcome") == "kept"), before.items).persist()
    flagged = _flagged(sold, items)
    refuse_lost(counted, flagged["sold"])
    rows = quality(counted, flagged, settings.clean)
    refuse_failed(rows, counted.unread)
    rejects = rejects_of(outcomes, lines, files, is_few=counted.n("rejected") <= FEW_REJECTS)
    users = known_users(kept, named_by_key(before.users, files))
    return Silver(kept.select(*LINES.column_names), rejects, items, users, _table(rows, lines), counted)


def kept_lines(judged: DataFrame, settings: LakeSettings, others: DataFrame | None = None) -> DataFrame:
    """Rows of silver.lines and `item_name`; `others`, lines kept already, count for what is usual."""
    local = F.from_utc_timestamp("sold_at", settings.time_zone)
    kept = judged.where(F.col("outcome") == "kept").withColumn("sold_on", F.to_date(local))
    z = settings.clean.outlier_z
    if z is None:
        return kept.withColumn("is_outlier", F.lit(False))
    usual = usual_values(kept if others is None else kept.unionByName(others, allowMissingColumns=True)).persist()
    return kept.join(F.broadcast(usual), "item_id", "left").withColumn("is_outlier", is_outlier(z))


def outcomes_of(judged: DataFrame, products: DataFrame, lines: DataFrame, files: DataFrame) -> DataFrame:
    """One row a record of bronze: file, record_number, outcome, reasons."""
    listed = lines.join(F.broadcast(files.select("file")), "file", "left_semi")
    faulty = listed.where((F.col("record_number") > 0) & F.col("fault").isNotNull())
    is_blank = F.col("fault") == BLANK
    unread = faulty.select(
        "file",
        "record_number",
        F.when(is_blank, BLANK).otherwise("rejected").alias("outcome"),
        F.when(is_blank, F.array().cast("array<string>")).otherwise(F.array("fault")).alias("reasons"),
    )
    return unread.unionByName(judged.select(*unread.columns)).unionByName(products.select(*unread.columns))


def rejects_of(outcomes: DataFrame, lines: DataFrame, files: DataFrame, *, is_few: bool) -> DataFrame:
    """silver.rejects. A Parquet row has no text: its values stand there as a JSON object."""
    refused = outcomes.where(F.col("outcome") == "rejected")
    # Otherwise Spark moves the text of every record to find those of a few.
    refused = F.broadcast(refused) if is_few else refused
    texts = lines.where(F.col("record_number") > 0).select("file", "record_number", "raw", "values")
    named = files.select("file", "columns")
    values = F.to_json(F.map_from_arrays("columns", "values"))
    joined = refused.join(texts, ["file", "record_number"], "inner").join(F.broadcast(named), "file", "inner")
    return joined.withColumn("raw", F.coalesce("raw", values, F.lit(""))).select(*REJECTS.column_names)


def _flagged(sold: DataFrame, items: DataFrame) -> Counter[str]:
    """Lines to be published: `sold` counts all; unknown_item, outlier and filled: (each column that the settings
    filled) those of which it is said.
    """
    unknown = F.sum(F.when(F.col("is_stub"), F.col("sold"))).alias("unknown_item")
    others = [F.sum(f"`{flag}`").alias(flag) for flag in FLAGS]
    found = sold.join(items.select("item_id", "is_stub"), "item_id", "left").agg(unknown, *others).collect()[0]
    return Counter({flag: n for flag, n in found.asDict().items() if n})


def _table(rows: list[Check], lines: DataFrame) -> DataFrame:
    return lines.sparkSession.createDataFrame(rows, CHECKS.schema)
