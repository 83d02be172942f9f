"""Plan how much of each item to hold and when to order, from its forecast, its costs and what is bought with it.

reads gold.demand, gold.weekly_sales, gold.pairs, silver.lines, silver.items; writes gold.stock_plan,
gold.stock_curve
"""

from basketry import tables
from basketry.job import job
from basketry.stock.plan import Inputs
from basketry.stock.stock import plan_stock


def main(argv=None):
    with job("plan_stock", argv) as run:
        forecasts = run.read(tables.DEMAND), run.read(tables.WEEKLY_SALES)
        given = Inputs(
            *forecasts, run.read(tables.PAIRS, is_optional=True), run.read(tables.LINES), run.read(tables.ITEMS)
        )
        stock = plan_stock(given, run.settings.stock)
        run.write(tables.STOCK_PLAN, stock.plan)
        run.write(tables.STOCK_CURVE, stock.curve)
        run.progress(stock.said)


if __name__ == "__main__":
    main()
