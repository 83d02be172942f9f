"""Upkeep of a Delta table: files of a good size, rows of near dates together, no file that only old versions need."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from pyspark.sql import SparkSession

from basketry.tables.contract import UPKEEP_COMMITS, Table
from basketry.tables.store import Store

FEW_FILES = 8
BYTES_OF_A_FILE = 128 << 20


class Size(NamedTuple):
    """Of the newest version of a table."""

    files: int
    bytes: int


def size(store: Store, table: Table) -> Size:
    found = store.delta_table(table).detail().select("numFiles", "sizeInBytes").collect()[0]
    return Size(*found)


def needs_compaction(found: Size) -> bool:
    """Whether the table has more files than FEW_FILES, and twice as many as its bytes fill."""
    return found.files > max(FEW_FILES, 2 * found.bytes // BYTES_OF_A_FILE)


def compact(store: Store, table: Table, note: str) -> None:
    """Join small files, in one commit that changes no row. A table with dates has rows of near dates together, so that
    a reader of some days opens few files (Delta keeps each file's least and greatest date).
    """
    optimize = store.delta_table(table).optimize()
    write = partial(optimize.executeZOrderBy, table.dated_by) if table.dated_by else optimize.executeCompaction
    with _conf(store.spark, {"spark.databricks.delta.optimize.maxFileSize": str(BYTES_OF_A_FILE)}):
        store.noted(table, write, note)


def delete_old_files(store: Store, table: Table, retain_days: int) -> None:
    """Delete files that no version of the last `retain_days` days needs, orphans of killed runs among them."""
    # Otherwise Delta lists the files in 10,000 tasks, and makes two commits that change nothing.
    listing = {"spark.sql.sources.parallelPartitionDiscovery.parallelism": _n_partitions(store.spark)}
    with _conf(store.spark, listing | {"spark.databricks.delta.vacuum.logging.enabled": "false"}):
        store.delta_table(table).vacuum(24.0 * retain_days)


def is_same_since(store: Store, table: Table, version: int) -> bool:
    """Whether every commit after `version` was upkeep: the table has the rows it had then."""
    newest = store.version(table)
    if newest <= version:
        return newest == version
    later = store.delta_table(table).history().where(f"version > {version}").select("operation").collect()
    return all(row["operation"] in UPKEEP_COMMITS for row in later)


def _n_partitions(spark: SparkSession) -> str:
    return str(spark.conf.get("spark.sql.shuffle.partitions"))


@contextmanager
def _conf(spark: SparkSession, meanwhile: dict[str, str]) -> Iterator[None]:
    before = {name: spark.conf.get(name, None) for name in meanwhile}
    for name, value in meanwhile.items():
        spark.conf.set(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            spark.conf.unset(name) if old is None else spark.conf.set(name, old)
