"""Compare the last days with those before, rules with the holdout, and models with what was last published.

What ops.runs says of the last fitting names the version of gold.metrics that it was published by. Where drift.actions
says so, a drift ends the run with exit code 5, once the table is written.
reads silver.baskets, silver.items, bronze.files, silver.rejects, gold.rules, gold.metrics; writes gold.drift
"""

from basketry import tables
from basketry.drift.measure import Receipts, measure_drift
from basketry.gates import judged, judged_when_published, pass_drift
from basketry.job import job


def main(argv=None):
    with job("measure_drift", argv) as run:
        receipts = Receipts(
            run.read(tables.BASKETS),
            run.read(tables.ITEMS, is_optional=True),
            run.read(tables.FILES, is_optional=True),
            run.read(tables.REJECTS, is_optional=True),
        )
        rules, now = run.read(tables.RULES, is_optional=True), judged(run.read(tables.METRICS, is_optional=True))
        found = measure_drift(receipts, rules, now, judged_when_published(run), run.settings.drift)
        pass_drift(run, run.write(tables.DRIFT, found))


if __name__ == "__main__":
    main()
