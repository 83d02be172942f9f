"""Tables put back to what a past run left, by Delta's RESTORE: a new version with the old rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from pyspark.sql import Column, Row
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import GateError, MissingInputError
from basketry.runs import commit_note
from basketry.tables import Table
from basketry.tables.store import Store

STEP = "restore"


class Restored(NamedTuple):
    """A table whose newest version is `now`, with the rows of version `then`."""

    table: Table
    then: int
    now: int


def restore_run(store: Store, run_id: str, steps: Sequence[str]) -> Iterator[Restored]:
    """Each table that these steps of the run wrote (all steps when none is named), put back to what it left.

    A table that only grows stays as it is: what was spent is spent. Later runs that wrote one of the others count as
    failed from then on, so that nobody reads what they left. Raises MissingInputError, and changes nothing, when the
    run has no such finished step or a version's files are deleted.
    """
    left = {
        tables.BY_NAME[name]: (version, row["ended_at"])
        for row in _finished(store, run_id, steps)
        for name, version in row["output_versions"].items()
        if not tables.BY_NAME[name].only_grows
    }
    for table, (version, _) in left.items():
        if not store.has(table, version):
            raise MissingInputError(
                f"{table}: files of version {version}, which run {run_id} left, are deleted; nothing was restored. "
                "Later versions can be restored, and `basketry run` makes the table anew"
            )
    for table, (version, _) in left.items():
        yield Restored(table, version, _restore(store, table, version, run_id))
    _withdraw(store, run_id, {table: ended for table, (_, ended) in left.items()})


def _finished(store: Store, run_id: str, steps: Sequence[str]) -> list[Row]:
    runs = store.read(tables.RUNS).where((F.col("run_id") == run_id) & (F.col("outcome") == "done"))
    found = [row for row in runs.orderBy("started_at").collect() if not steps or row["step"] in steps]
    unknown = set(steps) - {row["step"] for row in found}
    if unknown or not found:
        what = f"finished {' or '.join(sorted(unknown))}" if unknown else "finished step"
        raise MissingInputError(f"{run_id}: no {what} of that run in {tables.RUNS}; `basketry runs` lists them")
    return found


def _restore(store: Store, table: Table, version: int, run_id: str) -> int:
    """The version that now has those rows."""
    if store.version(table) == version:
        return version
    restored = store.delta_table(table)
    return store.noted(table, lambda: restored.restoreToVersion(version), commit_note(run_id, STEP)).version


def _withdraw(store: Store, run_id: str, since: Mapping[Table, datetime]) -> None:
    """Runs that ended well and wrote one of the tables after that time count as failed."""
    is_later = F.lit(False)
    for table, ended in since.items():
        wrote = F.array_contains(F.map_keys("output_versions"), str(table))
        is_later |= wrote & (F.col("ended_at") > F.lit(ended))
    said: dict[str, str | Column] = {
        "outcome": F.lit("failed"),
        "exit_code": F.lit(GateError.exit_code),
        "message": F.lit(f"withdrawn: what it wrote was restored to what run {run_id} left"),
    }
    runs, which = store.delta_table(tables.RUNS), is_later & (F.col("outcome") == "done")
    store.noted(tables.RUNS, lambda: runs.update(which, said), commit_note(run_id, STEP))
