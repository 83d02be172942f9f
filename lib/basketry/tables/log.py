"""The newest entry of a Delta log, from its files: to ask Delta for it starts a Spark job, as long as a small write.

For tables that have a path; a catalog may keep the newest entries elsewhere. By Hadoop's file systems, through which
Spark reads and writes the table: `snapshot`, without a JVM, knows neither their credentials nor HDFS.
"""

import json
from collections.abc import Iterator
from typing import Any

from pyspark.sql import SparkSession

from basketry.errors import ContractError


def newest(spark: SparkSession, location: str, name: str) -> int | None:
    """The newest version of the table `name` at this path; None when the log begins elsewhere than its files say.

    Raises ContractError when an entry since the last checkpoint has 0 bytes, as a full disk leaves it: Delta takes that
    for a commit of nothing, so that rows come and go.
    """
    version = _checkpointed(spark, location)
    while (size := _size(spark, _entry(location, version + 1))) is not None:
        version += 1
        if not size:
            raise ContractError(
                f"{name}: its log is damaged: {_entry(location, version)} has 0 bytes, so that commit is lost. Put "
                "that file back from a copy, or move the table away and run its step again"
            )
    return version if version >= 0 else None


def metrics(spark: SparkSession, location: str, version: int) -> dict[str, str]:
    """What Delta counted as it wrote that version (operationMetrics); empty where it did not."""
    # What is said of the commit as a whole is among its first actions, before the files.
    actions = map(json.loads, _lines(spark, _entry(location, version)))
    told: dict[str, Any] = next((each["commitInfo"] for each in actions if "commitInfo" in each), {})
    return dict(told.get("operationMetrics", {}))


def _entry(location: str, version: int) -> str:
    return f"{location}/_delta_log/{version:020}.json"


def _checkpointed(spark: SparkSession, location: str) -> int:
    """The version of the last checkpoint: every later entry is there. -1 before the first, or while it is written."""
    address = f"{location}/_delta_log/_last_checkpoint"
    text = "".join(_lines(spark, address)) if _size(spark, address) else ""
    try:
        return int(json.loads(text)["version"])
    except json.JSONDecodeError:
        return -1


def _lines(spark: SparkSession, address: str) -> Iterator[str]:
    folder, path = _opened(spark, address)
    jvm: Any = spark.sparkContext._jvm
    lines = jvm.java.io.BufferedReader(jvm.java.io.InputStreamReader(folder.open(path), "UTF-8"))
    try:
        while (line := lines.readLine()) is not None:
            yield line
    finally:
        lines.close()


def _size(spark: SparkSession, address: str) -> int | None:
    """Bytes of a file; None when it is not there."""
    folder, path = _opened(spark, address)
    return int(folder.getFileStatus(path).getLen()) if folder.exists(path) else None


def _opened(spark: SparkSession, address: str) -> tuple[Any, Any]:
    context: Any = spark.sparkContext
    path = context._jvm.org.apache.hadoop.fs.Path(address)
    return path.getFileSystem(context._jsc.hadoopConfiguration()), path
