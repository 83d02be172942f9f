"""ops: one row a step and run."""

from basketry.tables.contract import BIGINT, DATE, INT, STRING, TIMESTAMP, VERSIONS, Column, Table

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
