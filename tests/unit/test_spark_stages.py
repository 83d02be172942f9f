"""A stage as Spark's REST API gives it, as a row of ops.stage_metrics."""

from datetime import UTC, datetime

from basketry.spark_stages import row_of
from basketry.tables import STAGE_METRICS

STAGE = {
    "stageId": 7, "attemptId": 0, "name": "save at Store.scala:1", "status": "COMPLETE", "numTasks": 3,
    "numFailedTasks": 1, "submissionTime": "2026-01-02T03:04:05.500GMT", "completionTime": "2026-01-02T03:04:07.750GMT",
    "executorRunTime": 4500, "inputRecords": 10, "inputBytes": 11, "outputRecords": 12, "outputBytes": 13,
    "shuffleReadBytes": 14, "shuffleWriteBytes": 15, "memoryBytesSpilled": 16, "diskBytesSpilled": 17,
}  # fmt: skip


def row(**over):
    return dict(zip(STAGE_METRICS.column_names[3:], row_of(STAGE | over, 2.5), strict=True))


def test_a_stage_is_a_row_in_seconds_and_bytes():
    assert row() == {
        "stage": 7, "attempt": 0, "call": "save at Store.scala:1", "outcome": "COMPLETE",
        "started_at": datetime(2026, 1, 2, 3, 4, 5, 500_000, UTC), "seconds": 2.25, "task_seconds": 4.5, "n_tasks": 3,
        "n_failed_tasks": 1, "rows_read": 10, "bytes_read": 11, "rows_written": 12, "bytes_written": 13,
        "shuffle_read_bytes": 14, "shuffle_written_bytes": 15, "spill_memory_bytes": 16, "spill_disk_bytes": 17,
        "skew": 2.5,
    }  # fmt: skip


def test_a_stage_that_did_not_end_has_no_seconds():
    assert row(completionTime=None, status="FAILED")["seconds"] is None
