"""Raw files into bronze: every physical record with its file, its number there and its arrival."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.errors import ContractError
from basketry.lake.delta_reader import OpenDelta, read_table
from basketry.lake.files import RawFile, checksum, opener
from basketry.lake.people import People
from basketry.lake.reading import read_files
from basketry.lake.settings import LakeSettings
from basketry.tables import FILES, RAW_LINES

BYTES_OF_A_TASK = 64 << 20
NAMED = T.StructType(
    [
        T.StructField("file", T.StringType()),
        T.StructField("source", T.StringType()),
        T.StructField("format", T.StringType()),
        T.StructField("size_bytes", T.LongType()),
        T.StructField("arrived_at", T.TimestampType()),
        T.StructField("version", T.LongType()),
    ]
)
FOUND = "source STRING, format STRING, encoding STRING, size_bytes BIGINT, sha256 STRING, "
FOUND += "n_records BIGINT, n_blank BIGINT, n_faulty BIGINT, n_forgotten BIGINT, key_id STRING"


def new_files(listed: list[RawFile], known: DataFrame, settings: LakeSettings, people: People) -> list[RawFile]:
    """The files that bronze.files does not hold with these bytes, read with this key of pseudonyms, if any. Only one of
    another size or time is opened to see.

    Raises ContractError when a file that was read with another key is not there to be read again.
    """
    micros = F.unix_micros("arrived_at").alias("micros")
    rows = known.select("file", "source", "size_bytes", "sha256", "key_id", micros).collect()
    other_key = {row.file for row in rows if row.source == "lines" and row.key_id != people.key_id}
    _refuse_gone(sorted(other_key - {raw.file for raw in listed}), settings)
    seen = {row.file: row for row in rows if row.file not in other_key}
    return [raw for raw in listed if raw.file not in seen or _differs(raw, seen[raw.file], settings)]


def _refuse_gone(files: list[str], settings: LakeSettings) -> None:
    if files:
        raise ContractError(
            f"lake.pseudonyms: {len(files)} receipt file(s) were read with another key, or none, and are no longer in "
            f"{settings.raw}, as {files[0]}: their users would have two names. Put the files back, or give the key as "
            "it was; nothing was read"
        )


def of_files(files: list[RawFile]) -> str:
    """The rows of these files, as a condition in Spark SQL."""
    names = ", ".join("'" + raw.file.replace("\\", "\\\\").replace("'", "\\'") + "'" for raw in files)
    return f"file IN ({names})"


def _differs(raw: RawFile, row: Row, settings: LakeSettings) -> bool:
    if (raw.size_bytes, _micros(raw.arrived_at)) == (row.size_bytes, row.micros):
        return False
    return bool(raw.size_bytes != row.size_bytes or checksum(opener(raw, settings)) != row.sha256)


def _micros(time: datetime) -> int:
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read_records(
    spark: SparkSession, found: list[RawFile], open_delta: OpenDelta, settings: LakeSettings, people: People
) -> DataFrame:
    """The rows of bronze.lines of these files: each read by one task, a Delta table by Spark (`open_delta`)."""
    parts = [read_table(spark, raw, open_delta, settings, people) for raw in found if raw.format == "delta"]
    if files := [raw for raw in found if raw.format != "delta"]:
        parts.insert(0, _read_by_tasks(spark, files, settings, people))
    return reduce(DataFrame.unionByName, parts)


def _read_by_tasks(spark: SparkSession, files: list[RawFile], settings: LakeSettings, people: People) -> DataFrame:
    tasks = _tasks(files, spark.sparkContext.defaultParallelism)
    rows = spark.sparkContext.parallelize([[astuple(raw) for raw in task] for task in tasks], max(1, len(tasks)))
    named = spark.createDataFrame(rows.flatMap(list), NAMED)

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return read_files(batches, settings, people)

    return named.mapInArrow(read, RAW_LINES.schema)


def files_read(lines: DataFrame) -> DataFrame:
    """The rows of bronze.files, from the files' own rows (record 0) in bronze.lines."""
    found = F.from_json("raw", FOUND)
    own = (
        lines.where(F.col("record_number") == 0)
        .withColumn("columns", F.array_compact("values"))
        .withColumn("found", found)
    )
    return own.select("file", "columns", "arrived_at", "found.*").select(*FILES.column_names)


def _tasks(files: list[RawFile], parallelism: int) -> list[list[RawFile]]:
    """Files dealt out, largest first, to the task with the least bytes so far."""
    n_tasks = max(1, min(len(files), max(2 * parallelism, sum(f.size_bytes for f in files) // BYTES_OF_A_TASK)))
    tasks: list[list[RawFile]] = [[] for _ in range(n_tasks)]
    load = [0] * n_tasks
    for raw in sorted(files, key=lambda f: (-f.size_bytes, f.file)):
        lightest = load.index(min(load))
        tasks[lightest].append(raw)
        load[lightest] += raw.size_bytes + 1
    return tasks
