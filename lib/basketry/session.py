"""The only place that builds a SparkSession."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from py4j.protocol import Py4JError
from pydantic import Field
from pyspark import SparkContext
from pyspark.sql import SparkSession

from basketry.section import Section

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"
# Spark ships these already; leaving them out spares 100 MB on the first start and two versions of one class.
SHIPPED_WITH_SPARK = (
    "org.apache.hadoop:*,org.apache.parquet:*,com.fasterxml.jackson.core:*,com.fasterxml.jackson.datatype:*,"
    "org.apache.logging.log4j:*,org.slf4j:*,commons-logging:*,commons-pool:*,com.github.luben:*,"
    "org.xerial.snappy:*,io.airlift:*,org.roaringbitmap:*,org.locationtech.jts:*,javax.annotation:*"
)

# What an event log, the UI and messages say of a property whose name is like this: Spark's own pattern lets others by.
SECRETS = r"(?i)secret|token|credential|passw|pwd|access[._-]?key|account[._-]?key|api[._-]?key|private[._-]?key"
FIXED_AT_LAUNCH = ("spark.jars.", "spark.driver.", "spark.ui.enabled")


class SparkSettings(Section):
    """How the session is built. A master, JARs or memory given to spark-submit win over these."""

    master: str = Field("local[*]", description="Spark master when not started by spark-submit")
    driver_memory: str = Field("3g", pattern=r"^\d+[kmgt]$", description="heap of the driver (JVM size, as 3g)")
    # ALS hands each iteration the lineage of all before; the parallel collector takes a tenth less time on two cores.
    driver_java_options: str = Field(
        "-Xss16m -XX:+UseParallelGC",
        description="the driver's JVM; many ALS iterations need the deep stack (JVM flags)",
    )
    shuffle_partitions: int = Field(4, ge=1, le=100_000, description="partitions of a shuffle (count)")
    snapshot_partitions: int = Field(2, ge=1, le=1000, description="partitions of a Delta log replay (count)")
    delta: Literal["package", "provided"] = Field(
        "package", description="package: resolve Delta's JAR by Ivy; provided: the cluster has it"
    )
    ui: bool = Field(False, description="serve the Spark UI")
    log_file: str | None = Field(
        "data/logs/spark.log", description="where the JVM's own messages go; null: the terminal (path)"
    )
    event_log: str | None = Field(
        None, description="folder of Spark's event logs, for its history server; null: none are kept (path)"
    )
    conf: dict[str, str] = Field(default_factory=dict, description="more Spark properties, name: value")
    step_conf: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="resources of one step, that scripts/submit and Airflow's DAG give to spark-submit "
        "(step: {property: value})",
    )


def session_options(settings: SparkSettings) -> dict[str, str]:
    """Every Spark property the suite depends on, except the master."""
    options = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(settings.shuffle_partitions),
        "spark.databricks.delta.snapshotPartitions": str(settings.snapshot_partitions),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Code made for a query is kept for the next like it; a run has more kinds than the 100 that Spark keeps.
        "spark.sql.codegen.cache.maxEntries": "1000",
        # A flipped byte in a data file is an error, not a wrong value.
        "spark.hadoop.parquet.page.verify-checksum.enabled": "true",
        "spark.hadoop.parquet.page.write-checksum.enabled": "true",
        "spark.redaction.regex": SECRETS,
        "spark.ui.enabled": str(settings.ui).lower(),
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.extraJavaOptions": settings.driver_java_options,
    }
    if settings.delta == "package":
        options |= {"spark.jars.packages": DELTA_PACKAGE, "spark.jars.excludes": SHIPPED_WITH_SPARK}
    if settings.event_log:
        options |= {"spark.eventLog.enabled": "true", "spark.eventLog.dir": _address(settings.event_log)}
    return options | settings.conf


def _address(folder: str) -> str:
    return folder if "://" in folder else Path(folder).resolve().as_uri()


def build_session(settings: SparkSettings, app_name: str) -> SparkSession:
    """The session of this process: the one that runs, else a new one, quiet, in UTC, on loopback if local."""
    running = active_session()
    if running:
        return running
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if settings.event_log and "://" not in settings.event_log:
        # Spark refuses a folder that is not there.
        Path(settings.event_log).mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.appName(app_name)
    for name, value in session_options(settings).items():
        if not (is_submitted() and name.startswith(FIXED_AT_LAUNCH)):
            builder = builder.config(name, value)
    if not is_submitted():
        builder = builder.master(settings.master)
        if settings.master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
            builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
    with _jvm_messages_to(None if is_submitted() else settings.log_file):
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def _jvm_messages_to(log_file: str | None) -> Iterator[None]:
    """The JVM started inside inherits a standard error that goes to the file: pages of Ivy and log4j."""
    if log_file is None:
        yield
        return
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    terminal = os.dup(2)
    with Path(log_file).open("ab") as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def active_session() -> SparkSession | None:
    """The session already running in this process (a notebook's, the CLI's), if any."""
    return SparkSession.getActiveSession() if SparkContext._active_spark_context else None


def apart(act: Callable[[], object]) -> None:
    """Do it in a thread of its own, which has its own connection to the JVM: one that a signal broke off amid a call is
    of no more use. Nothing happens when the JVM is gone, as when spark-submit was killed.
    """
    with ThreadPoolExecutor(1) as pool, suppress(Py4JError, OSError):
        pool.submit(act).result()


def is_submitted() -> bool:
    """Whether spark-submit started this process: it hands over a gateway and its own master."""
    return "PYSPARK_GATEWAY_PORT" in os.environ
