"""What the stock plan would have done on the days after its forecast: demand served and cost, beside a rule of thumb.

python bench/stock.py [--lake data/lake]. gold.demand must be of an earlier day: first, in a copy of the lake,
`basketry run forecast_demand --to 2017-12-04`. Demand is what was sold on the days after, to the end of the lake or of
the forecast; every item gets the stock of one place. `naive` holds the last weeks' mean sales for the same time and a
week more. Companions are counted by what gold.pairs says, also of the plan that ignores them.
"""

import argparse

import numpy as np
import pandas as pd
from pyspark.sql import functions as F

from basketry import tables
from basketry.commands.options import open_lake
from basketry.stock.plan import EACH, Inputs, gather, levels_of
from basketry.stock.simulate import naive, simulate

COLUMNS = ("items", "pieces", "target", "served", "lost", "companions", "holding", "waste", "cost")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", default="data/lake")
    opened = open_lake([f"--set=lake.root={parser.parse_args().lake}"])
    store, settings, seed = opened.store, opened.arguments.settings.stock, opened.arguments.settings.seed
    demand, lines = store.read(tables.DEMAND), store.read(tables.LINES)
    start, end = demand.where(EACH).agg(F.min("week_on"), F.date_add(F.max("week_on"), 7)).first()
    sold = lines.where((F.col("sold_on") >= F.lit(start)) & (F.col("sold_on") < F.lit(end)))
    before = lines.where(F.col("sold_on") < F.lit(start))
    rest = store.read(tables.WEEKLY_SALES), store.read(tables.PAIRS), before, store.read(tables.ITEMS)
    known = gather(Inputs(demand, *rest), settings)
    asked = daily(sold, known.units["unit_id"], start)
    plan = levels_of(known, settings)
    alone = levels_of(known, settings.model_copy(update={"companion_share": 0.0}))
    print(f"{asked.shape[1]} days from {start}, {len(plan):,} items, {known.n_by_volume:,} by volume left out")
    for policy in ("periodic", "newsvendor"):
        for name, each in (("plan", plan), ("plan, companions ignored", alone), ("naive", naive(plan))):
            print(policy, name, row(asked, each, plan, known.terms, policy, seed))


def daily(sold, unit_ids, start):
    """Pieces [units, days] sold on each day from `start`."""
    days = F.datediff("sold_on", F.lit(start)).alias("day")
    rows = sold.where("quantity > 0").groupBy("item_id", days).agg(F.sum("quantity").alias("n")).toPandas()
    at = pd.Series(np.arange(len(unit_ids)), index=unit_ids)
    rows = rows[rows["item_id"].isin(at.index)]
    asked = np.zeros((len(at), int(rows["day"].max()) + 1))
    asked[at[rows["item_id"]], rows["day"]] = rows["n"]
    return asked


def row(asked, plan, own, terms, policy, seed):
    """One line of the table: of the items of the policy."""
    found, among = simulate(asked, plan, terms, seed=seed), (plan["policy"] == policy).to_numpy()
    besides = ((found.asked - found.sold) * own["companion_margin"].to_numpy())[among].sum()
    weight = found.asked[among] / found.asked[among].sum()
    target = (plan["service"].to_numpy()[among] * weight).sum() if policy == "periodic" else np.nan
    money = [getattr(found, name)[among].sum() for name in ("lost_margin", "holding", "waste", "cost")]
    numbers = (among.sum(), found.asked[among].sum(), target, found.served(among), money[0], besides, *money[1:])
    said = (f"{number:,.3f}" if number < 1 else f"{number:,.0f}" for number in numbers)
    return "  ".join(f"{name} {text}" for name, text in zip(COLUMNS, said, strict=True))


if __name__ == "__main__":
    main()
