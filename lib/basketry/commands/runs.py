"""`basketry runs`: what ran, how it ended, and what it cost."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from basketry import pipeline, tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import cell, grid
from basketry.errors import SettingsError
from basketry.tables.store import Store

NUMBERS = ("seconds", "rows in", "rows out", "rejected", "read", "written", "spilled", "skew")
COUNTS = ("rows_in", "rows_out", "rows_rejected")
SIZES = ("bytes_read", "bytes_written", "spilled")


def runs(
    step: Annotated[str | None, typer.Option("--step", help="Of this step only")] = None,
    last: Annotated[int, typer.Option("-n", "--last", "--rows", min=1, max=10_000, help="How many")] = 20,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Print the latest runs: step, outcome, time, rows, bytes, spill, skew; and in full what the failed ones said.

    `basketry show stage_metrics --where "run_id = '...'"` has each Spark stage of a run.
    """
    if step and step not in pipeline.JOBS:
        raise SettingsError(f"no such step: {step}; `basketry steps` lists them")
    found = latest(open_lake(flags(config, assign)).store, step, last)
    console = Console(highlight=False)
    console.print(_listed(found))
    for line in failures(found):
        console.print(line, markup=False, soft_wrap=True)


def latest(store: Store, step: str | None, last: int) -> list[Row]:
    """Rows of ops.runs, the last one begun first, each with what its Spark stages did; null where that was not kept."""
    ran = store.read(tables.RUNS)
    ran = ran.where(F.col("step") == step) if step else ran
    ran = ran.orderBy(F.desc("started_at"), "run_id", "step").limit(last)
    seconds = F.col("ended_at").cast("double") - F.col("started_at").cast("double")
    ran = ran.withColumn("seconds", seconds).withColumn("tried_at", F.col("started_at"))
    both = ran.join(_did(store), on=["run_id", "step", "tried_at"], how="left")
    return both.orderBy(F.desc("started_at"), "run_id", "step").collect()


def failures(found: list[Row]) -> Iterator[str]:
    """What each failed step said, in full."""
    for row in found:
        if row["exit_code"]:
            yield f"\n{row['run_id']} {row['step']}: exit code {row['exit_code']}\n{row['message']}"


def _did(store: Store) -> DataFrame:
    """By run, step and try: bytes, and the skew of the stage that its tasks spent most time in."""
    stages = (
        store.read(tables.STAGE_METRICS)
        if store.exists(tables.STAGE_METRICS)
        else store.spark.createDataFrame([], tables.STAGE_METRICS.schema)
    )
    return stages.groupBy("run_id", "step", "tried_at").agg(
        F.sum("bytes_read").alias("bytes_read"),
        F.sum("bytes_written").alias("bytes_written"),
        F.sum("spill_disk_bytes").alias("spilled"),
        F.max_by("skew", "task_seconds").alias("skew"),
    )


def _listed(found: list[Row]) -> Grid:
    listed = grid("started", "run", "step", "outcome", *NUMBERS, right=set(NUMBERS))
    for row in found:
        ended = f"{row['outcome']} {row['exit_code'] or ''}"
        numbers = [
            f"{row['seconds']:,.1f}",
            *(f"{row[name]:,}" for name in COUNTS),
            *(_size(row[name]) for name in SIZES),
        ]
        listed.add_row(
            f"{row['started_at']:%m-%d %H:%M}", row["run_id"], row["step"], ended, *numbers,
            cell(row["skew"] and round(row["skew"], 1)), style="red" if row["exit_code"] else "",
        )  # fmt: skip
    return listed


def _size(n_bytes: Any) -> str:
    if n_bytes is None:
        return "-"
    return f"{n_bytes / 2**20:,.1f} MiB" if n_bytes else "0"
