"""A raw Delta table as records: Spark reads the version that was listed, and its rows become text as Parquet's do."""

from collections.abc import Callable, Iterator
from functools import partial, reduce
from itertools import accumulate
from operator import and_
from typing import NamedTuple

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.lake.files import RawFile, checksum, opener
from basketry.lake.parquet_reader import as_records
from basketry.lake.people import People, guarded
from basketry.lake.reading import Counts, numbered, own_row, people_in, unreadable
from basketry.lake.records import UnreadableFileError
from basketry.lake.settings import LakeSettings
from basketry.tables import RAW_LINES

OpenDelta = Callable[[str, int], DataFrame]


class _Part(NamedTuple):
    """A data file of the table: its rows, those without a value, and those with too long a one."""

    path: str
    n_records: int
    n_blank: int
    n_faulty: int


def read_table(
    spark: SparkSession, raw: RawFile, open_delta: OpenDelta, settings: LakeSettings, people: People
) -> DataFrame:
    """The rows of a table as bronze.lines, numbered by data file and by value in it, and its own row (record 0).

    A table that cannot be read is one faulty record, as any such file.
    """
    sha256 = checksum(opener(raw, settings))
    try:
        table = _opened(raw, open_delta, settings)
        parts = _counted(table, settings.max_record_chars)
    except UnreadableFileError as error:
        whole = numbered(raw, pa.array([1], pa.int64()), unreadable(raw, str(error)))
        return _as_frame(spark, [whole, own_row(raw, [], Counts(1, 0, 1), None, sha256, people)])
    found = Counts(*(sum(part[1:][place] for part in parts) for place in range(3)))
    text = partial(_as_text, raw=raw, header=table.columns, settings=settings, people=people_in(raw, people))
    records = _numbered_rows(table, parts).mapInArrow(text, RAW_LINES.schema)
    # Who is forgotten shows only in the values as text: to count them costs another reading.
    n_records = records.count() if people.forgotten else found.n_records
    counts = found._replace(n_records=n_records, n_forgotten=found.n_records - n_records)
    return records.unionByName(_as_frame(spark, [own_row(raw, table.columns, counts, None, sha256, people)]))


def _opened(raw: RawFile, open_delta: OpenDelta, settings: LakeSettings) -> DataFrame:
    if raw.version is None or raw.size_bytes == 0:
        raise UnreadableFileError("damaged_delta")  # an emptied log entry, which Delta takes for a commit of nothing
    try:
        table = open_delta(f"{settings.raw.rstrip('/')}/{raw.file}", raw.version)
    except (PySparkException, Py4JError) as error:
        raise UnreadableFileError("damaged_delta") from error
    if len(table.columns) > settings.max_columns:
        raise UnreadableFileError("too_many_columns")
    return table


def _counted(table: DataFrame, max_chars: int) -> list[_Part]:
    """The table's data files, in the order of their paths."""
    texts = [f"`{field.name}`" for field in table.schema if isinstance(field.dataType, T.StringType)]
    is_long = (
        F.greatest(F.lit(0), F.lit(0), *(F.coalesce(F.octet_length(text), F.lit(0)) for text in texts)) >= max_chars
    )
    is_blank = reduce(and_, map(_is_empty, table.schema))
    by_part = table.groupBy(F.col("_metadata.file_path").alias("part"))
    try:
        found = by_part.agg(F.count("*"), F.count_if(is_blank), F.count_if(is_long)).collect()
    except (PySparkException, Py4JError) as error:
        raise UnreadableFileError("damaged_delta") from error
    return sorted(_Part(*row) for row in found)


def _is_empty(field: T.StructField) -> Column:
    value = F.col(f"`{field.name}`")
    return value.isNull() | F.isnan(value) if isinstance(field.dataType, T.FractionalType) else value.isNull()


def _numbered_rows(table: DataFrame, parts: list[_Part]) -> DataFrame:
    """(row, record_number)."""
    before = accumulate((part.n_records for part in parts), initial=0)
    starts = [(part.path, start) for part, start in zip(parts, before, strict=False)]
    known = table.sparkSession.createDataFrame(starts, "part STRING, before BIGINT")
    row = F.struct(*[F.col(f"`{name}`") for name in table.columns])
    rows = table.select(row.alias("row"), F.col("_metadata.file_path").alias("part"))
    # Delta offers a row's place in its file only with some table features; rows of one text are the same to us.
    place = F.row_number().over(Window.partitionBy("part").orderBy(F.col("row").cast("string"), F.to_json("row")))
    placed = rows.withColumn("place", place).join(F.broadcast(known), "part", "inner")
    return placed.select("row", (F.col("before") + F.col("place")).alias("record_number"))


def _as_text(
    batches: Iterator[pa.RecordBatch], raw: RawFile, header: list[str], settings: LakeSettings, people: People
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        records = as_records(batch.column(0).flatten(), batch.num_rows, settings.max_record_chars)
        yield guarded(numbered(raw, batch.column(1), records), header, settings, people)


def _as_frame(spark: SparkSession, batches: list[pa.RecordBatch]) -> DataFrame:
    return spark.createDataFrame(pa.Table.from_batches(batches), RAW_LINES.schema)
