"""Every receipt record of bronze with its outcome."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.lake.located import located, present
from basketry.lake.names import with_canonical_names
from basketry.lake.settings import CleanSettings, LakeSettings
from basketry.lake.settle import with_net_lines, without_cancelled, without_giants, without_returns
from basketry.lake.typed import typed_lines
from basketry.lake.versions import with_owner, with_versions


def judged_lines(lines: DataFrame, files: DataFrame, prices: DataFrame, settings: LakeSettings) -> DataFrame:
    """One row a receipt record that could be parsed: typed columns, `outcome`, `reasons`. Key (file, record_number).

    outcome is kept, duplicate or rejected; reasons are those of a rejected record. `prices`: item_id, list_price.
    """
    return judged(typed_receipts(lines, files, prices, settings), files, settings)


def typed_receipts(lines: DataFrame, files: DataFrame, prices: DataFrame, settings: LakeSettings) -> DataFrame:
    """The same records before they are judged beside each other: `reasons` are those of the record alone."""
    records = located(lines, files, "lines", settings.lines.columns).where(F.col("fault").isNull())
    if "item_name" in present(files, "lines", settings.lines.columns):
        records = with_canonical_names(records)
    return typed_lines(records, prices, settings)


def judged(typed: DataFrame, files: DataFrame, settings: LakeSettings) -> DataFrame:
    """Typed records with their outcome; of a basket its returns, and of returns what they name, must be among them."""
    # One shuffle: windows that begin with the owner need no other.
    owned = with_owner(typed).repartition("owner")
    columns = present(files, "lines", settings.lines.columns)
    return _settled(with_versions(owned), columns, settings.clean).withColumn("outcome", outcome())


def outcome() -> Column:
    """kept, duplicate or rejected, from `is_duplicate` and `reasons`."""
    rejected = F.when(F.size("reasons") > 0, "rejected")
    return rejected.when(F.col("is_duplicate"), "duplicate").otherwise("kept")


def _settled(lines: DataFrame, columns: set[str], clean: CleanSettings) -> DataFrame:
    if "status" in columns:
        lines = without_cancelled(lines)
    if "returned_basket_id" in columns and clean.returns == "drop":
        lines = without_returns(lines)
    if "returned_basket_id" in columns and clean.returns == "net":
        lines = with_net_lines(lines)
    return without_giants(lines, clean.max_lines)
