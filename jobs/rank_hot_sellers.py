"""Rank who sells most, and who rises, in the weeks that are forecast; and say how well that was foreseen last time.

reads gold.weekly_sales, gold.demand, silver.items; writes gold.hot_sellers, gold.hot_seller_checks
"""

from basketry import tables
from basketry.demand.hot import rank_hot_sellers
from basketry.job import job


def main(argv=None):
    with job("rank_hot_sellers", argv) as run:
        weekly, demand = run.read(tables.WEEKLY_SALES), run.read(tables.DEMAND)
        found = rank_hot_sellers(weekly, demand, run.read(tables.ITEMS), run.settings.demand)
        run.write(tables.HOT_SELLERS, found.listed)
        run.write(tables.HOT_SELLER_CHECKS, found.checks)
        _say(run, found.checks)


def _say(run, checks):
    """Precision of each list, beside what needs no forecast."""
    for row in checks.orderBy("level", "task", "model").collect():
        told = {name: None if row[name] is None else round(row[name], 4) for name in ("precision", "recall", "f1")}
        run.progress(f"{row['level']}, {row['task']}: {row['model']}", units=row["n_units"], **told)


if __name__ == "__main__":
    main()
