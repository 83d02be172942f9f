"""`with job(step, argv) as run:` — settings, session, tables, the run record and the exit code of one step."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from basketry import tables
from basketry.arguments import Arguments, parse_arguments
from basketry.config import Settings
from basketry.errors import ContractError, MissingInputError, SettingsError
from basketry.logs import configure_logs
from basketry.pipeline import JOBS, Step
from basketry.rivals import Outputs
from basketry.runs import Outcome, commit_note, last_done, other_settings, outcome_of, record
from basketry.session import active_session, apart, build_session, is_submitted
from basketry.spark_stages import record_stages
from basketry.stopping import Stopped, stoppable
from basketry.tables import Table, upkeep
from basketry.tables.store import Store, local_root


@dataclass
class Run:
    """One step of one run: pinned reads, checked writes, progress, counts for the run record."""

    step: Step
    run_id: str
    arguments: Arguments
    store: Store
    scratch: Store | None
    outputs: Outputs
    log: Any
    input_versions: dict[str, int] = field(default_factory=dict)
    output_versions: dict[str, int] = field(default_factory=dict)
    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0

    @property
    def settings(self) -> Settings:
        return self.arguments.settings

    def read(self, table: Table, *, is_optional: bool = False) -> DataFrame:
        """An input at its newest version, pinned for this run, within --from and --to.

        Raises MissingInputError without the table, and ContractError when it has no rows and `lake.allow_empty` is off:
        not when the step can do without, which then gets no rows.
        """
        if is_optional and not self.store.exists(table):
            return self.store.spark.createDataFrame([], table.schema)
        found = self._pinned(table)
        rows = found.count()
        self.rows_in += rows
        self.log.info(f"read {table}", rows=rows, version=self.input_versions[str(table)])
        if not (rows or is_optional or self.settings.lake.allow_empty):
            raise ContractError(
                f"{table}: version {self.input_versions[str(table)]} has no rows; run the step that fills it, "
                "or set lake.allow_empty=true to go on with nothing"
            )
        return within(found, table, self.arguments.from_on, self.arguments.to_on)

    def last_done(self, runs: DataFrame, steps: Sequence[str], same: Sequence[str]) -> Row:
        """Of the rows of ops.runs: the latest of these steps that ended well, which this run goes on from.

        Raises MissingInputError without one, SettingsError when its settings differ in one of the sections `same`.
        """
        last = last_done(runs, steps)
        if last is None:
            raise MissingInputError(f"{tables.RUNS}: no finished run of {' or '.join(steps)}; run {steps[0]} first")
        others = other_settings(last["settings"], self.settings.to_json(), same)
        if others:
            raise SettingsError(
                f"{self.step.name} goes on from run {last['run_id']} of {last['step']}, which had other settings "
                f"({'; '.join(others)}): give the same, or run {steps[0]} with these"
            )
        return last

    def as_read_by(self, past: Row, table: Table) -> DataFrame | None:
        """The table as a past run read it, within its period; None when that version was none or is deleted."""
        version = past["input_versions"].get(str(table))
        if version is None or not self.store.has(table, version):
            return None
        return within(self.store.read(table, version), table, past["from_on"], past["to_on"])

    def current(self, table: Table) -> DataFrame:
        """An output of this step as it stands before the run: empty when it was never written."""
        if self.arguments.dry_run and not self.store.exists(table):
            return self.store.spark.createDataFrame([], table.schema)
        self._create(table)
        return self._pinned(table)

    def write(self, table: Table, df: DataFrame, where: str | None = None) -> DataFrame:
        """Replace the table, or the rows `where` selects, once `df` matches its contract; gives what now stands there.

        A dry run gives `df` back.
        """
        if where:
            self._keep_base(table)
        return self._commit(table, df, lambda store, note: store.replace(table, df, note, where))

    def sync(self, table: Table, df: DataFrame, among: DataFrame | None = None) -> DataFrame:
        """Make the table hold exactly `df`, touching only the rows that differ: later stages can follow its changes.

        `among`, unique columns of the key, leaves all rows of other keys as they are. Gives what now stands there.
        """
        self._keep_base(table)
        return self._commit(table, df, lambda store, note: store.sync(table, df, note, among))

    def merge(self, table: Table, df: DataFrame) -> DataFrame:
        """Insert or update by the table's key; gives what now stands there."""
        self._keep_base(table)
        return self._commit(table, df, lambda store, note: store.merge(table, df, note))

    def insert(self, table: Table, df: DataFrame) -> None:
        """Add rows whose keys are new. Raises BusyError when another run was first with one of them."""
        self._keep_base(table)
        self._commit(table, df, lambda store, note: store.insert(table, df, note))

    def maintain(self, table: Table) -> None:
        """Join the table's small files and delete those that only old versions need; nothing when it is not there."""
        if self.scratch or not self.store.exists(table):
            return
        before = upkeep.size(self.store, table)
        if not self.arguments.dry_run:
            if upkeep.needs_compaction(before):
                upkeep.compact(self.store, table, commit_note(self.run_id, self.step.name))
            upkeep.delete_old_files(self.store, table, self.settings.lake.retain_days)
        self.log.info(f"maintained {table}", files_before=before.files, files=upkeep.size(self.store, table).files)

    def progress(self, text: str, **numbers: Any) -> None:
        """Say what the step is doing now."""
        self.log.info(text, **numbers)

    def _pinned(self, table: Table) -> DataFrame:
        """The table at the version this run first saw, or at the one a replay names."""
        if str(table) not in self.input_versions:
            asked = self.arguments.replay.versions.get(str(table)) if self.arguments.replay else None
            self.input_versions[str(table)] = self.store.version(table) if asked is None else asked
        return self.store.read(table, self.input_versions[str(table)])

    def _create(self, table: Table) -> None:
        if not self.arguments.replay:
            self.store.create(table)

    def _keep_base(self, table: Table) -> None:
        """A partial write builds on what the table held: that version is an input, and a replay starts from it."""
        if self.arguments.dry_run:
            return
        self._create(table)
        base = self._pinned(table)
        if self.scratch and not self.scratch.exists(table):
            self.scratch.replace(table, base, "base of a replay")

    def _commit(self, table: Table, df: DataFrame, write: Callable[[Store, str], Any]) -> DataFrame:
        if table not in self.step.writes:
            raise ValueError(f"{self.step.name} writes {table}, which pipeline.py does not say")
        if self.arguments.dry_run:
            self.log.info(f"would write {table}", rows=tables.conform(df, table).count())
            return df
        store = self.scratch or self.store
        self.outputs.refuse_rivals()
        done = write(store, commit_note(self.run_id, self.step.name))
        self.outputs.left(table, done.version)
        self.output_versions[str(table)] = done.version
        self.rows_out += done.rows
        self.log.info(f"wrote {table}", rows=done.rows, version=done.version)
        return store.read(table, done.version)


@contextmanager
def job(step_name: str, argv: Sequence[str] | None = None) -> Iterator[Run]:
    """The frame of every job file. Leaves by SystemExit with the documented code when the step fails."""
    started = datetime.now(UTC)
    run: Run | None = None
    borrowed = active_session() is not None
    with stoppable(ends_with_parent=is_submitted()) as order:
        try:
            run = _start(step_name, argv, started)
            order.break_off = partial(apart, run.store.spark.sparkContext.cancelAllJobs)
            run.log.info("start", does=run.step.does)
            if not run.scratch:
                run.outputs.see(run.step.writes)
            yield run
            _record(run, started, Outcome())
            run.log.info("done", seconds=(datetime.now(UTC) - started).total_seconds(), rows_out=run.rows_out)
        except BaseException as error:
            order.heard()
            # Breaking off makes calls fail on the way here.
            code = _fail(run, step_name, started, Stopped() if order.is_given else error)
            raise SystemExit(code) from None
        finally:
            if run and not borrowed:
                apart(run.store.spark.stop)


def _start(step_name: str, argv: Sequence[str] | None, started: datetime) -> Run:
    arguments = parse_arguments(argv, os.environ)
    run_id = arguments.run_id or new_run_id(started)
    log = configure_logs(arguments.settings.logs, run_id=run_id, step=step_name)
    spark = build_session(arguments.settings.spark, f"basketry {step_name}")
    store = Store(spark, local_root(arguments.settings.lake.root), arguments.settings.lake.catalog)
    scratch = Store(spark, arguments.replay.into) if arguments.replay else None
    return Run(JOBS[step_name], run_id, arguments, store, scratch, Outputs(scratch or store), log)


def within(df: DataFrame, table: Table, first: date | None, last: date | None) -> DataFrame:
    """Rows from the day `first` to the day before `last`; all rows of a table without dates."""
    if table.dated_by and first:
        df = df.where(F.col(table.dated_by) >= F.lit(first))
    if table.dated_by and last:
        df = df.where(F.col(table.dated_by) < F.lit(last))
    return df


def new_run_id(started: datetime) -> str:
    """A name that sorts by time and does not repeat."""
    return f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def _fail(run: Run | None, step_name: str, started: datetime, error: BaseException) -> int:
    """Say what failed, record it, and give the exit code."""
    outcome = outcome_of(error)
    if run is None:
        print(f"basketry {step_name}: exit {outcome.exit_code}: {outcome.message}", file=sys.stderr)
        return outcome.exit_code
    run.log.error(f"failed with exit {outcome.exit_code}: {outcome.message}")
    apart(lambda: _record_failure(run, started, outcome))
    return outcome.exit_code


def _record_failure(run: Run, started: datetime, outcome: Outcome) -> None:
    try:
        _record(run, started, outcome)
    except Exception as lost:
        run.log.error(f"the failure could not be recorded in {tables.RUNS}: {lost}")


def _record(run: Run, started: datetime, outcome: Outcome) -> None:
    if not run.arguments.dry_run and run.scratch is None:
        record(run, started, outcome)
        record_stages(run, started, outcome)
