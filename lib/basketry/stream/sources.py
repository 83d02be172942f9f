"""The three sources as streaming DataFrames, and what a batch of each brings: names of files below the raw folder.

What comes as rows is landed there first, one file a batch, so that all receipts have one way in: read by the readers,
under pseudonyms where asked for, without forgotten users; and bronze can be made again from the raw folder alone.
"""

import json
from collections.abc import Iterator

from pyarrow import fs
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.streaming.readwriter import DataStreamReader

from basketry.config import Settings
from basketry.errors import SettingsError
from basketry.lake.files import open_folder
from basketry.stream.settings import StreamSettings
from basketry.tables.store import first_line, local_root

KAFKA_PACKAGE = "org.apache.spark:spark-sql-kafka-0-10_2.13"
LANDED = "stream"
BINARY_FILE = "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY"


def open_source(spark: SparkSession, settings: Settings) -> DataFrame:
    """A streaming DataFrame: `path` of new files, or `text`, a line of a receipt as a JSON object.

    Raises SettingsError when the source is not there, or Spark has no connector for it.
    """
    stream = settings.stream
    opened = {"files": _files, "delta": _delta, "kafka": _kafka}[stream.source]
    try:
        return opened(spark.readStream.options(**stream.options), settings)
    except PySparkException as error:
        wanted = (
            f"; it needs {KAFKA_PACKAGE}:{spark.version} in spark.jars.packages" if stream.source == "kafka" else ""
        )
        raise SettingsError(f"stream.source={stream.source} cannot be opened: {first_line(error)}{wanted}") from error


def _files(reader: DataStreamReader, settings: Settings) -> DataFrame:
    # Only names are wanted: of binary files Spark reads no content that is not selected.
    reader = reader.format("binaryFile").schema(BINARY_FILE).option("recursiveFileLookup", "true")
    reader = reader.option("maxFilesPerTrigger", settings.stream.files_per_batch)
    return reader.load(local_root(settings.lake.raw)).select("path")


def _delta(reader: DataStreamReader, settings: Settings) -> DataFrame:
    reader = reader.format("delta").option("maxFilesPerTrigger", settings.stream.files_per_batch)
    rows = reader.load(local_root(str(settings.stream.table)))
    return rows.select(F.to_json(F.struct(*map(_as_text, rows.schema))).alias("text"))


def _as_text(field: T.StructField) -> Column:
    """The value as the readers of raw files know it: a time names its zone, UTC."""
    value = F.col(f"`{field.name}`")
    if isinstance(field.dataType, T.TimestampType):
        return F.date_format(value, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX").alias(field.name)
    return value.cast("string").alias(field.name)


def kafka_options(stream: StreamSettings) -> dict[str, str]:
    """What Spark's Kafka reader is told; stream.options win."""
    given = {
        "kafka.bootstrap.servers": str(stream.servers),
        "subscribe": str(stream.topic),
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": str(stream.messages_per_batch),
        # Messages that Kafka deleted before they were read are an error, not a gap.
        "failOnDataLoss": "true",
    }
    return given | stream.options


def _kafka(reader: DataStreamReader, settings: Settings) -> DataFrame:
    rows = reader.format("kafka").options(**kafka_options(settings.stream)).load()
    return rows.select(F.col("value").cast("string").alias("text"))


def checkpoint(settings: Settings) -> str:
    """Where the stream keeps how far it is: of each source its own."""
    root = local_root(settings.lake.root).rstrip("/")
    return settings.stream.checkpoint or f"{root}/ops/_checkpoints/stream_lines/{settings.stream.source}"


def names_in(batch: DataFrame, number: int, settings: Settings) -> list[str]:
    """The files below lake.raw that the batch brings, sorted. The same batch brings the same again."""
    if "path" not in batch.columns:
        # Another checkpoint counts batches anew: its files must not take the place of these.
        return [land(batch, f"{LANDED}/{_query_id(settings)}/{number:010}.jsonl", settings)]
    root = open_folder(settings.lake.raw)[1]
    return sorted(row.path.split(f"{root}/", 1)[-1] for row in batch.collect())


def _query_id(settings: Settings) -> str:
    """What Spark called the stream when its checkpoint was new."""
    folder, path = open_folder(checkpoint(settings))
    with folder.open_input_stream(f"{path}/metadata") as found:
        return str(json.loads(found.read())["id"])


def land(batch: DataFrame, name: str, settings: Settings) -> str:
    """The name, below lake.raw, of a file of the batch's texts, sorted; one that is there is left, with its time."""
    folder, root = open_folder(settings.lake.raw)
    path = f"{root}/{name}"
    if folder.get_file_info(path).type == fs.FileType.File:
        return name
    place, last = path.rsplit("/", 1)
    folder.create_dir(place)
    with folder.open_output_stream(f"{place}/.{last}") as out:
        for text in _texts(batch):
            out.write(text.encode() + b"\n")
    # Whole under its name, or not there.
    folder.move(f"{place}/.{last}", path)
    return name


def _texts(batch: DataFrame) -> Iterator[str]:
    rows = batch.select(F.regexp_replace("text", r"[\r\n]+", " ").alias("text")).where(F.col("text").isNotNull())
    return (row.text for row in rows.orderBy("text").toLocalIterator())
