"""Choose the items of each site so that as many orders as possible leave whole from one, and judge the plan.

Not part of a run: when a plan is asked for.
reads silver.baskets, silver.items, gold.pairs; writes gold.allocation, gold.allocation_quality
"""

from basketry import tables
from basketry.allocation.allocate import allocate_items
from basketry.allocation.prepare import Inputs
from basketry.job import job


def main(argv=None):
    with job("allocate_items", argv) as run:
        last = run.current(tables.ALLOCATION).withColumnRenamed("site", "place")
        given = Inputs(run.read(tables.BASKETS), run.read(tables.ITEMS), run.read(tables.PAIRS, is_optional=True), last)
        planned = allocate_items(given, run.settings.allocation, seed=run.settings.seed)
        run.write(tables.ALLOCATION, planned.rows)
        run.write(tables.ALLOCATION_QUALITY, planned.quality, where="plan = 'sites'")
        for text in planned.said:
            run.progress(text)


if __name__ == "__main__":
    main()
