"""ops.stage_metrics: what each Spark stage of a step did, from Spark's own status store, which needs no UI."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

from basketry.runs import Outcome, commit_note
from basketry.tables import STAGE_METRICS
from basketry.tables.store import first_line

if TYPE_CHECKING:
    from basketry.job import Run

Stage = Mapping[str, Any]
# Of all tasks of a stage together: below it, the longest over the median is noise.
WORK_MS = 1000
WAIT_MS = 5000
# Exit codes from here are 128 + a signal: who stops a step waits for its end.
KILLED = 128


def record_stages(run: "Run", started: datetime, outcome: Outcome) -> None:
    """Write the stages that Spark began since then.

    What the step published stands already: a platform that keeps its status store to itself costs these rows alone.
    """
    if outcome.exit_code >= KILLED:
        return
    try:
        rows = [(run.run_id, run.step.name, started, *row) for row in stages_since(run.store.spark, started)]
        frame = run.store.spark.createDataFrame(rows, STAGE_METRICS.schema)
        run.store.append(STAGE_METRICS, frame, commit_note(run.run_id, run.step.name))
    except Exception as error:
        run.log.warning(f"nothing is written to {STAGE_METRICS}: {first_line(error)}")


def stages_since(spark: SparkSession, started: datetime) -> Iterator[tuple[Any, ...]]:
    """The columns of STAGE_METRICS from `stage` on, of each stage that was submitted since `started`."""
    since = int(started.timestamp() * 1000)
    for stage in _all_stages(spark):
        if stage.get("submissionTime") and _millis(stage["submissionTime"]) >= since:
            yield row_of(stage, _skew(spark, stage))


def row_of(stage: Stage, skew: float | None) -> tuple[Any, ...]:
    """The columns of STAGE_METRICS from `stage` on, of a stage as Spark's REST API gives it."""
    begun, ended = _millis(stage["submissionTime"]), stage.get("completionTime")
    return (
        stage["stageId"],
        stage["attemptId"],
        stage["name"],
        stage["status"],
        datetime.fromtimestamp(begun / 1000, UTC),
        (_millis(ended) - begun) / 1000 if ended else None,
        stage["executorRunTime"] / 1000,
        stage["numTasks"],
        stage["numFailedTasks"],
        stage["inputRecords"],
        stage["inputBytes"],
        stage["outputRecords"],
        stage["outputBytes"],
        stage["shuffleReadBytes"],
        stage["shuffleWriteBytes"],
        stage["memoryBytesSpilled"],
        stage["diskBytesSpilled"],
        skew,
    )


def _all_stages(spark: SparkSession) -> list[Stage]:
    """Every stage that Spark still knows of, in one call: thousands of calls over the gateway would take seconds."""
    context: Any = spark.sparkContext
    jvm, scala = context._jvm, context._jsc.sc()
    # The store is fed by a queue.
    scala.listenerBus().waitUntilEmpty(WAIT_MS)
    none = jvm.java.util.ArrayList()
    found = scala.statusStore().stageList(none, False, False, _doubles(context), none)
    written: str = jvm.org.apache.spark.status.api.v1.JacksonMessageWriter().mapper().writeValueAsString(found)
    return list(json.loads(written))


def _skew(spark: SparkSession, stage: Stage) -> float | None:
    """Asked only of stages with work: Spark sorts every metric of all their tasks for it."""
    if stage["numTasks"] < 2 or stage["executorRunTime"] < WORK_MS:
        return None
    context: Any = spark.sparkContext
    told = (
        context._jsc.sc().statusStore().taskSummary(stage["stageId"], stage["attemptId"], _doubles(context, 0.5, 1.0))
    )
    median, longest = (told.get().executorRunTime().apply(n) for n in range(2)) if told.isDefined() else (0, 0)
    return longest / median if median else None


def _doubles(context: Any, *values: float) -> Any:
    made = context._gateway.new_array(context._jvm.double, len(values))
    for place, value in enumerate(values):
        made[place] = value
    return made


def _millis(time: str) -> int:
    """Spark's times, written as 2026-01-02T03:04:05.678GMT."""
    return int(datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%f%Z").replace(tzinfo=UTC).timestamp() * 1000)
