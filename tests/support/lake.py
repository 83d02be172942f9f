"""A small lake in a temporary folder, and the jobs run on it in the test's own session."""

import importlib
import os
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame

from basketry import tables
from basketry.tables import Table
from basketry.tables.store import Store
from tests.support.bad_inputs import HEAD
from tests.support.tables import frame, rows

UNJUDGED = "--set=evaluation.is_gated=false"
LENIENT = ("--set", "lake.clean.max_rejected=1", "--set", "lake.clean.max_unread_files=1")


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


def put(lake: Lake, name: str, *lines: str | bytes, head: str = HEAD, at: int = 1_706_800_000) -> None:
    """A raw file of these CSV lines, or of one line of bytes, whose modification time is `at` (seconds)."""
    path = lake.raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = lines[0] if lines and isinstance(lines[0], bytes) else "\n".join([head, *lines, ""]).encode()
    path.write_bytes(data)
    os.utime(path, (at, at))


def counts(lake: Lake) -> dict[str, int]:
    """silver.checks: what was counted."""
    return dict(rows(lake.read(tables.CHECKS), "check", "n"))
