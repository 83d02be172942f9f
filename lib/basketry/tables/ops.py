"""ops: one row a step and run, one a Spark stage of it, and who is forgotten."""

from basketry.tables.contract import BIGINT, DATE, DOUBLE, INT, STRING, TIMESTAMP, VERSIONS, Column, Table

RUNS = Table(
    "ops",
    "runs",
    key=("run_id", "step"),
    columns=(
        Column("run_id", STRING, "names the run; one run holds one or more steps"),
        Column("step", STRING, "the step"),
        Column("outcome", STRING, "done or failed", check="outcome IN ('done', 'failed')"),
        Column("exit_code", INT, "0 done, else as documented"),
        Column("message", STRING, "of the failure", nullable=True),
        Column("code_version", STRING, "version of basketry and a digest of its source"),
        Column("settings_hash", STRING, "sha256 of the settings that steps may read"),
        Column("settings", STRING, "the settings (JSON)"),
        Column("from_on", DATE, "first day read (--from)", nullable=True),
        Column("to_on", DATE, "first day no longer read (--to)", nullable=True),
        Column("input_versions", VERSIONS, "Delta version of each table read"),
        Column("output_versions", VERSIONS, "Delta version of each table written"),
        Column("rows_in", BIGINT, "rows of the tables read, or records of the raw files"),
        Column("rows_out", BIGINT, "rows written"),
        Column("rows_rejected", BIGINT, "records refused"),
        Column("seed", BIGINT, "seed of every random choice"),
        Column("started_at", TIMESTAMP, "start (UTC)"),
        Column("ended_at", TIMESTAMP, "end (UTC)"),
    ),
    note="Every run of every step, failures included.",
)

STAGE_METRICS = Table(
    "ops",
    "stage_metrics",
    key=("run_id", "step", "tried_at", "stage", "attempt"),
    columns=(
        Column("run_id", STRING, "names the run"),
        Column("step", STRING, "the step"),
        Column("tried_at", TIMESTAMP, "started_at of ops.runs; another of the same run and step: an earlier try (UTC)"),
        Column("stage", INT, "Spark's number of the stage, within one session"),
        Column("attempt", INT, "from 0; a later one where an executor was lost"),
        Column("call", STRING, "what asked for it, as Spark names it"),
        Column("outcome", STRING, "COMPLETE, FAILED or ACTIVE, as Spark says"),
        Column("started_at", TIMESTAMP, "when Spark submitted it (UTC)"),
        Column("seconds", DOUBLE, "from then to its end; null: it did not end (s)", nullable=True),
        Column("task_seconds", DOUBLE, "of all its tasks together (s)"),
        Column("n_tasks", INT, "its tasks, one a partition (count)"),
        Column("n_failed_tasks", INT, "tries of tasks that failed (count)"),
        Column("rows_read", BIGINT, "from files (count)"),
        Column("bytes_read", BIGINT, "from files (bytes)"),
        Column("rows_written", BIGINT, "to files (count)"),
        Column("bytes_written", BIGINT, "to files (bytes)"),
        Column("shuffle_read_bytes", BIGINT, "from earlier stages (bytes)"),
        Column("shuffle_written_bytes", BIGINT, "for later stages (bytes)"),
        Column("spill_memory_bytes", BIGINT, "what did not fit memory, as it lay there (bytes)"),
        Column("spill_disk_bytes", BIGINT, "the same as it was put on disk (bytes)"),
        Column("skew", DOUBLE, "longest task / median task; null: one task, or less than 1 s of work", nullable=True),
    ),
    note="What each Spark stage of a step did: the last 1,000 of a step (`spark.ui.retainedStages`).",
)

FORGOTTEN = Table(
    "ops",
    "forgotten",
    key=("fingerprint",),
    columns=(
        Column("fingerprint", STRING, "sha256 of a fixed text and the user's id, or pseudonym (hexadecimal)"),
        Column("forgotten_at", TIMESTAMP, "when `basketry forget` was told (UTC)"),
    ),
    note="Users whose records are left out when they come again; no id, but whoever guesses one can test the guess.",
)
