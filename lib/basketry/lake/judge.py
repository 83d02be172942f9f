"""Every receipt record of bronze with its outcome."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.lake.located import located, present
from basketry.lake.names import with_canonical_names
from basketry.lake.settings import LakeSettings
from basketry.lake.settle import with_returns, without_cancelled, without_giants
from basketry.lake.typed import typed_lines
from basketry.lake.versions import numbered_versions, unnumbered_versions


def judged_lines(lines: DataFrame, files: DataFrame, settings: LakeSettings) -> DataFrame:
    """One row a receipt record that could be parsed: typed columns, `outcome`, `reasons`. Key (file, record_number).

    outcome is kept, duplicate or rejected; reasons are those of a rejected record.
    """
    columns = present(files, "lines", settings.lines.columns)
    records = located(lines, files, "lines", settings.lines.columns).where(F.col("fault").isNull())
    if "item_name" in columns:
        records = with_canonical_names(records)
    typed = typed_lines(records, settings)
    is_sound = F.size("reasons") == 0
    settled = _settled(typed.where(is_sound), columns, settings)
    unsound = typed.where(~is_sound).withColumn("is_duplicate", F.lit(False))
    return settled.unionByName(unsound).withColumn("outcome", outcome())


def outcome() -> Column:
    """kept, duplicate or rejected, from `is_duplicate` and `reasons`."""
    rejected = F.when(F.size("reasons") > 0, "rejected")
    return rejected.when(F.col("is_duplicate"), "duplicate").otherwise("kept")


def _settled(sound: DataFrame, columns: set[str], settings: LakeSettings) -> DataFrame:
    # One shuffle: every window below partitions by basket_id first.
    lines = _versions(sound.repartition("basket_id"), columns)
    if "status" in columns:
        lines = without_cancelled(lines)
    if "returned_basket_id" in columns and settings.clean.returns != "keep":
        lines = with_returns(lines, settings.clean)
    return without_giants(lines, settings.clean.max_lines)


def _versions(sound: DataFrame, columns: set[str]) -> DataFrame:
    unnumbered = unnumbered_versions(sound.where(~F.col("is_numbered")))
    if "line_number" not in columns:
        return unnumbered
    return numbered_versions(sound.where("is_numbered")).unionByName(unnumbered)
