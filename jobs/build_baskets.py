"""Gather lines into baskets, and into who bought what on which day.

reads silver.lines, silver.items; writes silver.baskets, silver.oversize_baskets, silver.interactions
"""

from basketry import tables
from basketry.job import job
from basketry.lake.baskets import build_baskets


def main(argv=None):
    with job("build_baskets", argv) as run:
        lake = run.settings.lake
        built = build_baskets(run.read(tables.LINES), run.read(tables.ITEMS), lake.baskets, lake.time_zone)
        run.sync(tables.BASKETS, built.baskets)
        run.write(tables.OVERSIZE_BASKETS, built.oversize)
        run.write(tables.INTERACTIONS, built.interactions)


if __name__ == "__main__":
    main()
