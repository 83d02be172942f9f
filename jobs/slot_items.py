"""Choose the zone of each item so that orders visit few zones, and judge the plan.

Not part of a run: when a plan is asked for.
reads silver.baskets, silver.items, gold.pairs; writes gold.slotting, gold.allocation_quality
"""

from basketry import tables
from basketry.allocation.prepare import Inputs
from basketry.allocation.slot import slot_items
from basketry.job import job


def main(argv=None):
    with job("slot_items", argv) as run:
        last = run.current(tables.SLOTTING).withColumnRenamed("zone", "place")
        given = Inputs(run.read(tables.BASKETS), run.read(tables.ITEMS), run.read(tables.PAIRS, is_optional=True), last)
        planned = slot_items(given, run.settings.allocation, seed=run.settings.seed)
        run.write(tables.SLOTTING, planned.rows)
        run.write(tables.ALLOCATION_QUALITY, planned.quality, where="plan = 'zones'")
        for text in planned.said:
            run.progress(text)


if __name__ == "__main__":
    main()
