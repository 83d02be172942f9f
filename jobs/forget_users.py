"""Take forgotten users out of bronze and of every table that names users.

Not part of a run: `basketry forget` calls it, and it may be run again, as after a restore. What was counted or learnt
from them goes with the next run of the steps.
reads ops.forgotten; writes bronze.lines, bronze.files, silver.rejects, silver.lines, silver.users, silver.baskets,
silver.oversize_baskets, silver.interactions, gold.user_factors, gold.recommendations, gold.user_embeddings,
gold.user_segments
"""

from basketry import tables
from basketry.job import job
from basketry.lake.forget import RECORD, records_naming, recounted, stale_rejects, users_in, withheld


def main(argv=None):
    with job("forget_users", argv) as run:
        forgotten = run.read(tables.FORGOTTEN)
        lines, files = run.current(tables.RAW_LINES), run.current(tables.FILES)
        naming = records_naming(lines, forgotten, run.settings.lake.lines.columns).persist()
        if run.store.exists(tables.REJECTS):
            take_out(run, tables.REJECTS, stale_rejects(run.current(tables.REJECTS), lines, naming))
        take_out(run, tables.RAW_LINES, naming.select(*RECORD), withheld(lines, naming))
        now = recounted(files, lines, naming).persist()
        if not now.exceptAll(files).isEmpty():
            run.sync(tables.FILES, now)
        for table in tables.OF_USERS:
            if run.store.exists(table):
                take_out(run, table, users_in(run.current(table), forgotten))


def take_out(run, table, which, instead=None):
    """Delete the rows with a key of `which`, or put those of `instead` there; no version without such rows."""
    if not which.persist().isEmpty():
        nothing = run.store.spark.createDataFrame([], table.schema)
        run.sync(table, nothing if instead is None else instead, among=which)


if __name__ == "__main__":
    main()
