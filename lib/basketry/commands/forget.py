"""`basketry forget`."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pyspark.sql import functions as F
from rich.console import Console

from basketry import pipeline, tables
from basketry.commands.options import Assign, Config, Opened, flags, open_lake
from basketry.commands.run import run, run_steps
from basketry.errors import GateError, SettingsError
from basketry.job import new_run_id
from basketry.lake.forget import records_naming, stale_rejects, to_forget, users_in
from basketry.lake.located import WHITE
from basketry.lake.people import people_of
from basketry.runs import commit_note

STEP = "forget_users"
STDIN = "-"
NAMED_FILES = 3


def forget(
    user: Annotated[list[str] | None, typer.Argument(help="Ids, as the receipts have them; -: from stdin")] = None,
    config: Config = None,
    assign: Assign = None,
    check: Annotated[bool, typer.Option("--check", help="Only look for users that are forgotten")] = False,
    and_run: Annotated[
        bool, typer.Option("--run/--no-run", help="Make anew what was counted and learnt from them, or leave it")
    ] = True,
) -> None:
    """Take users out of every table, for good: what comes of them later is left out.

    The steps that read them run again, so that counts, rules and models are those of a lake that never had them.
    """
    console = Console(highlight=False, soft_wrap=True)
    argv = flags(config, assign)
    opened = open_lake(argv)
    if not check:
        _remember(_ids(user or []), opened)
        run_steps([pipeline.JOBS[STEP]], argv, opened, Console(stderr=True, highlight=False), all_of_them=True)
        _say_where_else(opened, console)
        if and_run:
            run(config=config, assign=assign)
    _refuse_traces(traces(opened))
    console.print("no table names a user who is forgotten", style="bold green")


def traces(opened: Opened) -> Mapping[str, int]:
    """By table: how many forgotten users it names; of bronze and the rejects how many records."""
    store = opened.store
    if not store.exists(tables.FORGOTTEN):
        return {}
    forgotten = store.read(tables.FORGOTTEN)
    found = {t: users_in(store.read(t), forgotten) for t in tables.OF_USERS if store.exists(t)}
    if store.exists(tables.RAW_LINES):
        lines = store.read(tables.RAW_LINES)
        naming = records_naming(lines, forgotten, opened.arguments.settings.lake.lines.columns).persist()
        found[tables.RAW_LINES] = naming
        if store.exists(tables.REJECTS):
            found[tables.REJECTS] = stale_rejects(store.read(tables.REJECTS), lines, naming)
    counted = {str(table): rows.count() for table, rows in found.items()}
    return {name: n for name, n in counted.items() if n}


def _remember(users: list[str], opened: Opened) -> None:
    people = people_of(opened.arguments.settings.lake, opened.arguments.pseudonym_key)
    at = datetime.now(UTC)
    rows = to_forget(opened.spark, users, people, at)
    # One who was told before keeps the time.
    if opened.store.exists(tables.FORGOTTEN):
        rows = rows.join(opened.store.read(tables.FORGOTTEN), "fingerprint", "left_anti")
    opened.store.merge(tables.FORGOTTEN, rows, commit_note(new_run_id(at), STEP))


def _ids(given: list[str]) -> list[str]:
    """Raises SettingsError without any."""
    ids = sys.stdin.read().splitlines() if given == [STDIN] else given
    users = sorted({text.strip(WHITE) for text in ids} - {""})
    if not users:
        raise SettingsError("forget: name a user, or give ids on stdin, one a line, with -")
    return users


def _say_where_else(opened: Opened, console: Console) -> None:
    lake = opened.arguments.settings.lake
    files = opened.store.read(tables.FILES).where("n_forgotten > 0").select("file", "n_forgotten").orderBy("file")
    n_files, n_records = files.agg(F.count("*"), F.sum("n_forgotten")).collect()[0]
    if not n_files:
        console.print("no raw file has a record of a forgotten user; what comes of them later is left out")
        return
    named = ", ".join(row.file for row in files.limit(NAMED_FILES).collect())
    more = f" and {n_files - NAMED_FILES:,} more" if n_files > NAMED_FILES else ""
    console.print(
        f"{n_records:,} records of forgotten users, these and earlier ones, are left out. The raw files in {lake.raw} "
        f"still have them, in {named}{more}: whenever those are read again they are left out again",
        markup=False,
    )
    last = datetime.now(UTC).date() + timedelta(days=lake.retain_days)
    console.print(
        f"Older versions of the tables have them until {last} (lake.retain_days = {lake.retain_days}); after that day "
        "`basketry run maintain_tables` deletes those. Pages, pictures and files made before: make them anew",
        markup=False,
    )


def _refuse_traces(found: Mapping[str, int]) -> None:
    if found:
        named = ", ".join(f"{name} ({n})" for name, n in found.items())
        raise GateError(
            f"users who are forgotten are still named in {named}: a run that began before wrote them, or a table was "
            "restored. Run `basketry run forget_users`, then `basketry run`"
        )
