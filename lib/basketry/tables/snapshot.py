"""The lake's tables without a JVM, each at one pinned version: what the report and the service answer from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from basketry.errors import ContractError, MissingInputError
from basketry.tables.contract import UPKEEP_COMMITS, Table
from basketry.tables.ops import RUNS

Runs = list[dict[str, Any]]


@dataclass(frozen=True)
class Snapshot:
    """Tables below `root`. A step's tables stand at the versions its last finished run wrote, so that they agree.

    A table that no run names stands at its newest version.
    """

    root: str
    pinned: Mapping[str, int]

    def has(self, table: Table) -> bool:
        return str(table) in self.pinned or DeltaTable.is_deltatable(self.location(table))

    def pins(self, table: Table) -> bool:
        """Whether a run names the version that is read."""
        return str(table) in self.pinned

    def version(self, table: Table) -> int:
        """The version read. Raises MissingInputError when the table does not exist."""
        return int(self._opened(table).version())

    def same_rows(self, table: Table, one: int, other: int) -> bool:
        """Whether both versions hold the same rows: every commit from the one to the other was upkeep."""
        first, last = sorted((one, other))
        commits = DeltaTable(self.location(table)).history() if first < last else []
        between = [commit["operation"] for commit in commits if first < commit["version"] <= last]
        return len(between) == last - first and all(operation in UPKEEP_COMMITS for operation in between)

    def dataset(self, table: Table) -> ds.Dataset:
        """The rows of the pinned version, not read yet, with the declared columns. Raises as `version`."""
        found: ds.Dataset = self._opened(table).to_pyarrow_dataset()
        missing = set(table.column_names) - set(found.schema.names)
        if missing:
            raise ContractError(
                f"{table}: {self.location(table)} has no column {', '.join(sorted(missing))}; another version of "
                "basketry wrote it: run its step again"
            )
        return found

    def read(self, table: Table, columns: Sequence[str] | None = None, where: ds.Expression | None = None) -> pa.Table:
        """The named columns (default: all declared) of the rows that `where` selects."""
        return self.dataset(table).to_table(columns=list(columns or table.column_names), filter=where)

    def frame(
        self, table: Table, columns: Sequence[str] | None = None, where: ds.Expression | None = None
    ) -> pd.DataFrame:
        """As `read`, for pandas."""
        found: pd.DataFrame = self.read(table, columns, where).to_pandas()
        return found

    def batches(self, table: Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named columns, a batch at a time: a table of any size in bounded memory."""
        yield from self.dataset(table).to_batches(columns=list(columns))

    def location(self, table: Table) -> str:
        """`root/layer/name`, under the scheme that delta-rs knows."""
        root = self.root.replace("s3a://", "s3://", 1) if self.root.startswith("s3a://") else self.root
        return f"{root.rstrip('/')}/{table.layer}/{table.name}"

    @cached_property
    def _open(self) -> dict[str, DeltaTable]:
        return {}

    def _opened(self, table: Table) -> DeltaTable:
        name, place = str(table), self.location(table)
        if name not in self._open:
            try:
                self._open[name] = DeltaTable(place, version=self.pinned.get(name))
            except TableNotFoundError as error:
                raise MissingInputError(
                    f"{table}: no table at {place}; run the step that writes it: basketry run"
                ) from error
            except DeltaError as error:
                raise MissingInputError(
                    f"{table}: version {self.pinned.get(name)} cannot be read at {place}: {error}"
                ) from error
        return self._open[name]


def any_of(column: str, values: Sequence[str]) -> ds.Expression:
    """Rows whose `column` is one of `values`, which may be none."""
    return ds.field(column).isin(pa.array(values, pa.string()))


def snapshot(root: str) -> Snapshot:
    """The lake as its last finished runs left it."""
    written = _written(finished_runs(root))
    return Snapshot(root, {name: versions[0] for name, versions in written.items()})


def before(root: str) -> Snapshot:
    """What each table was before the last run that changed it; only tables that were something before."""
    written = _written(finished_runs(root))
    return Snapshot(root, {name: versions[1] for name, versions in written.items() if len(versions) > 1})


def finished_runs(root: str) -> Runs:
    """The rows of ops.runs that are done, latest first; none when there is no such table."""
    lake = Snapshot(root, {})
    if not lake.has(RUNS):
        return []
    rows: Runs = lake.read(RUNS, where=ds.field("outcome") == "done").to_pylist()
    return sorted(rows, key=lambda row: (row["ended_at"], row["step"]), reverse=True)


def _written(runs: Runs) -> dict[str, list[int]]:
    """Each table's versions that runs wrote, latest first, each once."""
    found: dict[str, list[int]] = {}
    for run in runs:
        for name, version in run["output_versions"]:
            versions = found.setdefault(name, [])
            if version not in versions:
                versions.append(version)
    return found
