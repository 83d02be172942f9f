"""Publish how many users bought each item and each pair, with noise that hides any one user, within a budget.

Not part of a run: each release spends a part of the budget (privacy.budget_epsilon), which `basketry budget` shows.
--dry-run says what it would cost, and neither spends nor draws.
reads silver.baskets, silver.items; writes ops.privacy_ledger, gold.released_items, gold.released_pairs
"""

from datetime import UTC, datetime

from basketry import tables
from basketry.job import job
from basketry.privacy.bounds import count_users
from basketry.privacy.ledger import Read
from basketry.privacy.release import draw, plan_release


def main(argv=None):
    with job("release_counts", argv) as run:
        settings, spark = run.settings.privacy, run.store.spark
        planned = plan_release(run.current(tables.PRIVACY_LEDGER), settings)
        counts = count_users(run.read(tables.BASKETS), run.read(tables.ITEMS), settings)
        run.progress("keeps to the budget", **planned.figures())
        baskets, items = (run.input_versions[str(table)] for table in (tables.BASKETS, tables.ITEMS))
        read = Read(baskets, items, run.arguments.from_on, run.arguments.to_on)
        # Before any noise is drawn: what may have been seen is paid for.
        run.insert(tables.PRIVACY_LEDGER, planned.row(spark, read, run.run_id, datetime.now(UTC)))
        if run.arguments.dry_run:
            return
        released, of_level = draw(spark, counts, planned), f"level = '{settings.level}'"
        run.write(tables.RELEASED_ITEMS, released.items, where=of_level)
        run.write(tables.RELEASED_PAIRS, released.pairs, where=of_level)


if __name__ == "__main__":
    main()
