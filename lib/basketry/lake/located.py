"""bronze.lines with our column names: each file's header says where its values are."""

import re
import unicodedata

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.lake.settings import ItemColumns, LineColumns

WHITE = " \t\r\n\u00a0\u200b\ufeff"
OWN = ("file", "record_number", "arrived_at", "fault")


def located(lines: DataFrame, files: DataFrame, source: str, columns: LineColumns | ItemColumns) -> DataFrame:
    """The records of one source: our columns as trimmed text, null when empty or when the file has no such column.

    Only files that bronze.files lists count. `is_numbered` (receipts): the file has a line number column.
    """
    names = _names(columns)
    found = [(row.file, *places(row.columns, columns)) for row in files.where(F.col("source") == source).collect()]
    schema = T.StructType(
        [T.StructField("file", T.StringType()), *(T.StructField(f"at_{n}", T.IntegerType()) for n in names)]
    )
    at = files.sparkSession.createDataFrame(found, schema)
    records = lines.where(F.col("record_number") > 0).join(F.broadcast(at), "file", "inner")
    values = [F.nullif(F.trim(F.get("values", F.col(f"at_{n}")), F.lit(WHITE)), F.lit("")).alias(n) for n in names]
    numbered = [F.col("at_line_number").isNotNull().alias("is_numbered")] if "line_number" in names else []
    return records.select(*OWN, *numbered, *values)


def present(files: DataFrame, source: str, columns: LineColumns | ItemColumns) -> set[str]:
    """Those of our columns that at least one file of the source has."""
    headers = files.where(F.col("source") == source).select("columns").distinct().collect()
    found = [dict(zip(_names(columns), places(row.columns, columns), strict=True)) for row in headers]
    return {name for header in found for name, place in header.items() if place is not None}


def places(header: list[str], columns: LineColumns | ItemColumns) -> list[int | None]:
    """Where each of our columns stands in the header: its first accepted spelling that is there."""
    found = {}
    for place, name in reversed(list(enumerate(header))):
        found[plain(name)] = place
    return [
        next((found[s] for s in map(plain, getattr(columns, name)) if s in found), None) for name in _names(columns)
    ]


def user_places(header: list[str], columns: LineColumns) -> list[int]:
    """Every place where a user may stand: a later record of JSON lines can bring a better spelling."""
    spellings = set(map(plain, columns.user_id))
    return [place for place, name in enumerate(header) if plain(name) in spellings]


def plain(name: str) -> str:
    """A column name without case, spaces and signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def _names(columns: LineColumns | ItemColumns) -> list[str]:
    return list(type(columns).model_fields)
