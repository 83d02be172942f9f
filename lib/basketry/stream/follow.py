"""The stream itself: one batch after the other, each a run of its own, until all is taken or the step is stopped."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery

from basketry import tables
from basketry.arguments import Arguments
from basketry.errors import ContractError, SettingsError
from basketry.job import Run
from basketry.lake.files import open_folder
from basketry.rivals import Outputs
from basketry.runs import Outcome, last_run, record
from basketry.session import apart
from basketry.stream.settings import StreamSettings
from basketry.stream.sources import checkpoint, names_in, open_source
from basketry.tables.store import first_line

LOOK_EVERY = 0.1
TakeIn = Callable[[Run, list[str]], None]


def follow(run: Run, take_in: TakeIn) -> None:
    """Hand each batch of new files to `take_in`, as a run of its own in ops.runs: RUN_ID-batch-N.

    A batch counts as taken when it returns; one that was broken off comes again, with the same files. Raises what
    `take_in` raised, and SettingsError for a dry run or a period.
    """
    settings, failed = run.settings, list[BaseException]()
    _refuse_flags(run.arguments)
    if settings.stream.source != "files":
        filesystem, base = open_folder(settings.lake.raw)
        filesystem.create_dir(base)
    one = partial(_one, run, take_in, _settled(run), failed)
    writer = open_source(run.store.spark, settings).writeStream.foreachBatch(one).queryName(run.step.name)
    query = writer.option("checkpointLocation", checkpoint(settings)).trigger(**_trigger(settings.stream)).start()
    try:
        _wait(query)
    finally:
        apart(query.stop)
    if failed:
        raise failed[0]
    if error := query.exception():
        raise _of_source(error, settings.stream)


def _refuse_flags(arguments: Arguments) -> None:
    if arguments.dry_run or arguments.from_on or arguments.to_on:
        raise SettingsError(
            "stream_lines takes no --dry-run, --from or --to: what a stream was given counts as taken. Try the files "
            "with basketry run ingest_lines --dry-run"
        )


def _of_source(error: StreamingQueryException, stream: StreamSettings) -> Exception:
    """ContractError when it is Delta that refuses to go on: the table is another one, or more than rows were added."""
    if "DELTA_" not in str(error):
        return error
    return ContractError(
        f"stream.source={stream.source}: {first_line(error)} Nothing of that batch was taken. Say in stream.options "
        "how to pass over it, or set another stream.checkpoint to take all of the table anew"
    )


def _trigger(stream: StreamSettings) -> dict[str, Any]:
    if stream.trigger == "available_now":
        return {"availableNow": True}
    return {"processingTime": f"{round(stream.trigger_seconds * 1000)} milliseconds"}


def _wait(query: StreamingQuery) -> None:
    """Asleep in Python, where a signal is heard at once, not in a call of the JVM."""
    while query.isActive:
        time.sleep(LOOK_EVERY)


def _settled(run: Run) -> frozenset[str]:
    """The files that the last clean_lines took from bronze: silver has all of them."""
    done = last_run(run.store, ["clean_lines"])
    taken = None if done is None else run.as_read_by(done, tables.FILES)
    return frozenset() if taken is None else frozenset(row.file for row in taken.select("file").collect())


def _one(
    run: Run, take_in: TakeIn, settled: frozenset[str], failed: list[BaseException], batch: DataFrame, number: int
) -> None:
    try:
        brought = names_in(batch, number, run.settings)
        names = [name for name in brought if name not in settled]
        if names:
            _as_run(run, lambda mine: take_in(mine, names), number)
    except BaseException as error:
        failed.append(error)
        raise
    finally:
        run.store.spark.catalog.clearCache()


def _as_run(run: Run, take_in: Callable[[Run], None], number: int) -> None:
    """What the batch reads is pinned for it alone, and its row of ops.runs says what it read and wrote."""
    started = datetime.now(UTC)
    mine = replace(
        run,
        run_id=f"{run.run_id}-batch-{number}",
        outputs=Outputs(run.store),
        input_versions={},
        output_versions={},
        rows_in=0,
        rows_out=0,
        rows_rejected=0,
    )
    mine.outputs.see(run.step.writes)
    take_in(mine)
    record(mine, started, Outcome())
    run.rows_in, run.rows_out = run.rows_in + mine.rows_in, run.rows_out + mine.rows_out
    run.rows_rejected += mine.rows_rejected
    seconds = (datetime.now(UTC) - started).total_seconds()
    run.progress("took a batch", batch=number, records=mine.rows_in, seconds=seconds)
