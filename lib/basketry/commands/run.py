"""`basketry run`, `basketry evaluate`, `basketry steps`, `basketry summary`."""

import gc
import importlib
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as Grid

from basketry import pipeline, tables
from basketry.commands.options import Assign, Config, Opened, flags, open_lake
from basketry.commands.summary import print_metrics, print_summary
from basketry.freshness import done_by
from basketry.job import new_run_id
from basketry.pipeline import Step

From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day read")]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="First day no longer read")]


def run(
    step: Annotated[list[str] | None, typer.Argument(help="Steps to run [default: all]")] = None,
    config: Config = None,
    assign: Assign = None,
    from_on: From = None,
    to_on: To = None,
    run_id: Annotated[
        str | None, typer.Option("--run-id", help="Name of this run [default: made from the time]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and check, write nothing")] = False,
    again: Annotated[bool, typer.Option("--again", help="Do also what is up to date, as when steps are named")] = False,
) -> None:
    """Run steps in pipeline order, in one session; a failed step ends the run with its exit code.

    Without names, steps whose input, settings and code have not changed since their last run are left out.
    """
    argv = flags(config, assign) + _given("--from", from_on) + _given("--to", to_on)
    argv += _given("--run-id", run_id) + (["--dry-run"] if dry_run else [])
    steps = pipeline.choose(step or [])
    opened = start(argv)
    run_in_session(steps, argv, opened, all_of_them=bool(step) or dry_run or again)
    if not step and not dry_run:
        print_summary(opened.store)


def start(argv: list[str]) -> Opened:
    """The lake in a session, of which it is said that it starts."""
    _console().print("starting Spark", style="dim")
    return open_lake(argv)


def run_in_session(steps: list[Step], argv: list[str], opened: Opened, *, all_of_them: bool) -> None:
    """Do the steps, or those that are not up to date, as one run, and say how long it took."""
    console, started = _console(), time.monotonic()
    named = [] if opened.arguments.run_id else [f"--run-id={new_run_id(datetime.now(UTC))}"]
    n_done = run_steps(steps, [*argv, *named], opened, console, all_of_them=all_of_them)
    rest = f", {len(steps) - n_done} up to date" if n_done < len(steps) else ""
    console.print(f"{n_done} step(s) done{rest}, in {_minutes(time.monotonic() - started)}", style="bold green")


def evaluate(
    config: Config = None,
    assign: Assign = None,
    from_on: From = None,
    to_on: To = None,
) -> None:
    """Train every model on the days before the holdout, judge it on the holdout, and print how each did."""
    run(["evaluate"], config, assign, from_on, to_on)
    print_metrics(open_lake(flags(config, assign)).store)


def steps() -> None:
    """List the steps in the order they run, then those that only run by name, with what each reads and writes."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for heading in ("step", "what it does", "reads", "writes"):
        grid.add_column(heading, overflow="fold")
    for step in pipeline.ordered():
        grid.add_row(step.name, step.does, step.sources, _names(step.writes))
    for step in pipeline.BY_HAND:
        grid.add_row(step.name, f"by name only: {step.does}", step.sources, _names(step.writes))
    Console().print(grid)


def summary(config: Config = None, assign: Assign = None) -> None:
    """Print what the lake holds now: rules, a user's list, neighbours, metrics."""
    print_summary(open_lake(flags(config, assign)).store)


def run_steps(steps: list[Step], argv: list[str], opened: Opened, console: Console, *, all_of_them: bool) -> int:
    """Do those that are not up to date; gives how many were done."""
    n_done = 0
    for number, step in enumerate(steps, 1):
        before = None if all_of_them else done_by(step, opened.arguments, opened.store)
        does = f"up to date since run {before}" if before else step.does
        console.print(f"\n[{number}/{len(steps)}] {step.name}: {does}", style="bold", markup=False)
        if before is None:
            importlib.import_module(f"basketry.jobs.{step.name}").main(argv)
            n_done += 1
        # This command owns the session: what a step kept for itself must not take memory from the next one, nor frames
        # in cycles, whose plans the JVM keeps until Python finds them.
        opened.spark.catalog.clearCache()
        gc.collect()
    return n_done


def _console() -> Console:
    return Console(stderr=True, highlight=False)


def _names(declared: tuple[tables.Table, ...]) -> str:
    return ", ".join(map(str, declared))


def _given(flag: str, value: str | None) -> list[str]:
    return [f"{flag}={value}"] if value else []


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
