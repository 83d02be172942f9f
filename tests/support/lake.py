"""A small lake in a temporary folder, and the jobs run on it in the test's own session."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame

from basketry.tables import Table
from basketry.tables.store import Store
from tests.support.tables import frame


@dataclass(frozen=True)
class Lake:
    """`root` holds the Delta tables, `raw` the raw files."""

    store: Store
    root: Path
    raw: Path

    def put(self, table: Table, picture: str) -> None:
        """Fill a table from a picture."""
        self.store.replace(table, frame(self.store.spark, table, picture), "test")

    def read(self, table: Table) -> DataFrame:
        return self.store.read(table)

    def run(self, step: str, *flags: str) -> int:
        """Run a job file's main; gives its exit code."""
        where = ["--set", f"lake.root={self.root}", "--set", f"lake.raw={self.raw}"]
        try:
            importlib.import_module(f"basketry.jobs.{step}").main([*where, *flags])
        except SystemExit as exit_:
            return int(exit_.code or 0)
        return 0
