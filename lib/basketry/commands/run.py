"""`basketry run`, `basketry steps`, `basketry summary`."""

import importlib
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table as Grid

from basketry import pipeline
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.summary import print_summary
from basketry.job import new_run_id
from basketry.pipeline import Step


def run(
    step: Annotated[list[str] | None, typer.Argument(help="Steps to run [default: all]")] = None,
    config: Config = None,
    assign: Assign = None,
    from_on: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day read")] = None,
    to_on: Annotated[str | None, typer.Option("--to", metavar="DATE", help="First day no longer read")] = None,
    run_id: Annotated[
        str | None, typer.Option("--run-id", help="Name of this run [default: made from the time]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and check, write nothing")] = False,
) -> None:
    """Run steps in pipeline order, in one session; a failed step ends the run with its exit code."""
    steps = pipeline.choose(step or [])
    argv = flags(config, assign) + _given("--from", from_on) + _given("--to", to_on)
    argv += _given("--run-id", run_id or new_run_id(datetime.now(UTC))) + (["--dry-run"] if dry_run else [])
    console = Console(stderr=True, highlight=False)
    console.print("starting Spark", style="dim")
    opened = open_lake(argv)
    started = time.monotonic()
    _run_steps(steps, argv, opened.spark, console)
    console.print(f"{len(steps)} step(s) done in {_minutes(time.monotonic() - started)}", style="bold green")
    if not step and not dry_run:
        print_summary(opened.store)


def steps() -> None:
    """List the steps in the order they run, with what each reads and writes."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for heading in ("step", "what it does", "reads", "writes"):
        grid.add_column(heading, overflow="fold")
    for step in pipeline.ordered():
        reads = ", ".join(map(str, step.reads)) or "raw files"
        grid.add_row(step.name, step.does, reads, ", ".join(map(str, step.writes)))
    Console().print(grid)


def summary(config: Config = None, assign: Assign = None) -> None:
    """Print what the lake holds now: rules, a user's list, neighbours, metrics."""
    print_summary(open_lake(flags(config, assign)).store)


def _run_steps(steps: list[Step], argv: list[str], spark: SparkSession, console: Console) -> None:
    for number, step in enumerate(steps, 1):
        console.print(f"\n[{number}/{len(steps)}] {step.name}: {step.does}", style="bold", markup=False)
        importlib.import_module(f"basketry.jobs.{step.name}").main(argv)
        # This command owns the session: what a step kept for itself must not take memory from the next one.
        spark.catalog.clearCache()


def _given(flag: str, value: str | None) -> list[str]:
    return [f"{flag}={value}"] if value else []


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
