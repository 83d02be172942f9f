"""Where tables live, and the only reads and writes of them: a path below `lake.root`, or catalog.schema.table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from delta.tables import DeltaMergeBuilder, DeltaTable, DeltaTableBuilder
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, DataFrameWriter, Row, SparkSession
from pyspark.sql import functions as F

from basketry.errors import BusyError, ContractError, MissingInputError
from basketry.tables import log
from basketry.tables.conflicts import CONFLICTS, create_once
from basketry.tables.contract import Table, conform


@dataclass(frozen=True)
class Commit:
    """What a write left behind: the new Delta version and the rows it holds of this write."""

    version: int
    rows: int


@dataclass(frozen=True)
class Store:
    """The lake's tables, by declaration. `catalog` set means Unity Catalog names, else paths below `root`."""

    spark: SparkSession
    root: str
    catalog: str | None = None

    def location(self, table: Table) -> str:
        """`catalog.layer.name`, or `root/layer/name`."""
        return f"{self.catalog}.{table}" if self.catalog else f"{self.root.rstrip('/')}/{table.layer}/{table.name}"

    def exists(self, table: Table) -> bool:
        if self.catalog:
            return self.spark.catalog.tableExists(self.location(table))
        return DeltaTable.isDeltaTable(self.spark, self.location(table))

    def create(self, table: Table) -> None:
        """The empty table with its columns, comments and constraints; nothing when it is there.

        Raises ContractError when something else is in its place.
        """
        place = f"{table}: {self.location(table)}"
        create_once(lambda: self._builder(table).execute(), partial(self.exists, table), place)

    def _builder(self, table: Table) -> DeltaTableBuilder:
        builder = self._named(DeltaTable.createIfNotExists(self.spark), table).addColumns(table.schema)
        builder = builder.comment(table.note)
        if table.partition_by:
            builder = builder.partitionedBy(*table.partition_by)
        for name, value in table.properties.items():
            builder = builder.property(name, value)
        return builder

    def version(self, table: Table) -> int:
        """The newest version. Raises MissingInputError when the table does not exist."""
        if not self.exists(table):
            raise MissingInputError(f"{table}: no table at {self.location(table)}; run the step that writes it first")
        found = self._logged(table)
        return cast(int, self.last_commit(table)["version"]) if found is None else found

    def read(self, table: Table, version: int | None = None) -> DataFrame:
        """The table at a pinned version (default: the newest)."""
        pinned = self.version(table) if version is None else version
        reader = self.spark.read.format("delta").option("versionAsOf", pinned)
        try:
            found = reader.table(self.location(table)) if self.catalog else reader.load(self.location(table))
        except AnalysisException as error:
            raise MissingInputError(
                f"{table}: version {pinned} cannot be read at {self.location(table)}: {first_line(error)}"
            ) from error
        return conform(found, table)

    def has(self, table: Table, version: int) -> bool:
        """Whether that version can still be read: upkeep deletes what only old ones need."""
        try:
            files = self.read(table, version).inputFiles()
        except MissingInputError:
            return False
        spark: Any = self.spark.sparkContext
        path, conf = spark._jvm.org.apache.hadoop.fs.Path, spark._jsc.hadoopConfiguration()
        return all(path(name).getFileSystem(conf).exists(path(name)) for name in files)

    def changes(self, table: Table, after: int, until: int) -> DataFrame:
        """Every change of a table with a change feed in the versions after `after` and up to `until`: its columns,
        _change_type and _commit_version. That files of it are deleted shows when it is read.
        """
        asked: dict[str, str | int] = {"readChangeFeed": "true", "startingVersion": after + 1, "endingVersion": until}
        reader = self.spark.read.format("delta").options(**asked)
        found = reader.table(self.location(table)) if self.catalog else reader.load(self.location(table))
        return found.drop("_commit_timestamp")

    def open_raw(self, address: str, version: int) -> DataFrame:
        """A Delta table of someone else's at a pinned version, as it is."""
        return self.spark.read.format("delta").option("versionAsOf", version).load(local_root(address))

    def replace(self, table: Table, df: DataFrame, note: str, where: str | None = None) -> Commit:
        """Replace the whole table, or only the rows that `where` (Spark SQL) selects, in one commit."""
        self.create(table)
        writer = conform(df, table).write.format("delta").mode("overwrite").option("userMetadata", note)
        if where:
            writer = writer.option("replaceWhere", where)
        return self._commit(table, lambda: self._save(writer, table))

    def append(self, table: Table, df: DataFrame, note: str) -> None:
        """Add a few rows whose key holds a time, so that no run writes it twice; writers at once do not meet."""
        self.create(table)
        writer = conform(df, table).coalesce(1).write.format("delta").mode("append").option("userMetadata", note)
        self._save(writer, table)

    def insert(self, table: Table, df: DataFrame, note: str) -> Commit:
        """Add rows whose keys are not there yet; `df` must give the same rows again.

        Raises BusyError, and adds none, when another writer was first with one of the keys.
        """
        self.create(table)
        done = self.noted(table, self._by_key(table, df).whenNotMatchedInsertAll().execute, note)
        # A rival that was done before the MERGE began conflicts with nothing: its row is there, and this one is not.
        if not conform(df, table).exceptAll(self.read(table)).isEmpty():
            raise BusyError(f"{table}: another run added a row at the same time; run this step again")
        return done

    def merge(self, table: Table, df: DataFrame, note: str) -> Commit:
        """Insert new keys, update known ones, in one commit; a second run over the same rows changes nothing."""
        self.create(table)
        return self.noted(table, self._by_key(table, df).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute, note)

    def sync(self, table: Table, df: DataFrame, note: str, among: DataFrame | None = None) -> Commit:
        """Make the table hold exactly `df`, in one commit that touches only the rows that differ.

        `among` (unique columns of the key) leaves all rows of other keys alone, and rewrites all of these.
        The first filling replaces the empty table, which costs less.
        """
        self.create(table)
        if self.read(table).isEmpty():
            return self.replace(table, df, note)
        if among is not None:
            return self.noted(table, self._part(table, df, among).execute, note)
        merge = self._by_key(table, df).whenMatchedUpdateAll(table.differs()).whenNotMatchedInsertAll()
        return self.noted(table, merge.whenNotMatchedBySourceDelete().execute, note)

    def _part(self, table: Table, df: DataFrame, among: DataFrame) -> DeltaMergeBuilder:
        """The rows of `among` in the table become `df`: the source also names the rows that must go."""
        mine = self.read(table).join(among, on=among.columns, how="left_semi")
        gone = mine.join(df.select(*table.key), on=list(table.key), how="left_anti")
        source = conform(df, table).withColumn("is_gone", F.lit(False))
        source = source.unionByName(gone.withColumn("is_gone", F.lit(True)))
        merge = self.delta_table(table).alias("old").merge(source.alias("new"), table.merge_condition())
        return merge.whenMatchedDelete("new.is_gone").whenMatchedUpdateAll().whenNotMatchedInsertAll("NOT new.is_gone")

    def _by_key(self, table: Table, df: DataFrame) -> DeltaMergeBuilder:
        return self.delta_table(table).alias("old").merge(conform(df, table).alias("new"), table.merge_condition())

    def noted(self, table: Table, write: Callable[[], Any], note: str) -> Commit:
        """Do a write that has no option for the note of its commit, as MERGE and OPTIMIZE."""
        self.spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", note)
        try:
            return self._commit(table, write)
        finally:
            self.spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")

    def last_commit(self, table: Table) -> Row:
        """version, timestamp, userMetadata and operationMetrics of the newest commit."""
        columns = ("version", "timestamp", "userMetadata", "operationMetrics")
        return self.delta_table(table).history(1).select(*columns).collect()[0]

    def delta_table(self, table: Table) -> DeltaTable:
        if self.catalog:
            return DeltaTable.forName(self.spark, self.location(table))
        return DeltaTable.forPath(self.spark, self.location(table))

    def size_bytes(self, table: Table) -> int:
        """Bytes of the newest version."""
        return cast(int, self.delta_table(table).detail().select("sizeInBytes").collect()[0][0])

    def _commit(self, table: Table, write: Any) -> Commit:
        try:
            write()
        except CONFLICTS as error:
            raise BusyError(
                f"{table}: another run changed it at the same time; run this step again. {first_line(error)}"
            ) from error
        except Exception as error:
            if "DELTA_METADATA_MISMATCH" in str(error):
                raise ContractError(
                    f"{table}: {self.location(table)} has other columns than this version of basketry writes; nothing "
                    "was written. Move that table away: the step makes it anew"
                ) from error
            if "DELTA_VIOLATE_CONSTRAINT" in str(error) or "DELTA_NOT_NULL" in str(error):
                raise ContractError(
                    f"{table}: a row breaks its contract, nothing was written: {first_line(error)}"
                ) from error
            raise
        version, counted = self._newest(table)
        return Commit(version, int(counted.get("numOutputRows", 0)))

    def _newest(self, table: Table) -> tuple[int, dict[str, str]]:
        """The newest version, and what Delta counted as it wrote it."""
        found = self._logged(table)
        if found is not None:
            return found, log.metrics(self.spark, self.location(table), found)
        last = self.last_commit(table)
        return last["version"], last["operationMetrics"]

    def _logged(self, table: Table) -> int | None:
        """The newest version by the files of its log; None where only Delta knows."""
        return None if self.catalog else log.newest(self.spark, self.location(table), str(table))

    def _save(self, writer: DataFrameWriter, table: Table) -> None:
        if self.catalog:
            writer.saveAsTable(self.location(table))
        else:
            writer.save(self.location(table))

    def _named(self, builder: DeltaTableBuilder, table: Table) -> DeltaTableBuilder:
        return builder.tableName(self.location(table)) if self.catalog else builder.location(self.location(table))


def local_root(root: str) -> str:
    """An absolute path for a local root; an address with a scheme (s3a://, abfss://) as it is."""
    return root if "://" in root else str(Path(root).resolve())


def first_line(error: BaseException) -> str:
    """The line of an exception's text that says what is wrong: Delta's own, else the first; Java's stack is below.

    Of Java's exceptions the first line only says which call met one.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    told = [line.removeprefix(": ") for line in lines if not line.startswith("An error occurred while calling")]
    return next((line.strip() for line in lines if "[DELTA_" in line), (told or lines)[0])
