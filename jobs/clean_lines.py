"""Type, de-duplicate and account for every record of bronze.

reads bronze.lines, bronze.files; writes silver.lines, silver.rejects, silver.items, silver.users, silver.checks
"""

from basketry import tables
from basketry.job import job
from basketry.lake.clean import Before, clean


def main(argv=None):
    with job("clean_lines", argv) as run:
        before = Before(run.current(tables.ITEMS), run.current(tables.USERS))
        silver = clean(run.read(tables.RAW_LINES), run.read(tables.FILES), before, run.settings.lake)
        run.rows_in, run.rows_rejected = silver.counted.n_read, silver.counted.n("rejected")
        run.sync(tables.LINES, silver.lines)
        run.write(tables.REJECTS, silver.rejects)
        run.write(tables.ITEMS, silver.items)
        run.write(tables.USERS, silver.users)
        run.write(tables.CHECKS, silver.checks)


if __name__ == "__main__":
    main()
