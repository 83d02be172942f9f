"""`basketry stock`."""

from typing import Annotated, Any

import typer
from pyspark.sql import Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.text import Text

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import find_item, grid, names_of
from basketry.errors import MissingInputError
from basketry.stock.companions import both_ways, complements
from basketry.stock.plan import EACH
from basketry.stock.settings import StockSettings
from basketry.stock.wording import pieces
from basketry.tables.store import Store

ITEM = typer.Argument(metavar="ITEM", help="An item_id, or a name or part of one that only one planned item has")
MOST_COMPANIONS = 8


def stock(item: Annotated[str, ITEM], config: Config = None, assign: Assign = None) -> None:
    """Print an item's forecast, its stock plan and why, and what is bought with it."""
    opened = open_lake(flags(config, assign))
    store, console = opened.store, Console(highlight=False)
    if not store.exists(tables.STOCK_PLAN):
        raise MissingInputError(f"{tables.STOCK_PLAN}: not there; run it: basketry run plan_stock")
    plan = _planned(store, item)
    console.print(f"{plan['name']} ({plan['item_id']})\n", style="bold", markup=False)
    console.print(_forecast(store, plan["item_id"]))
    console.print(_plan(plan))
    console.print(f"\n{plan['why']}\n", markup=False)
    console.print(_companions(store, plan["item_id"], opened.arguments.settings.stock))


def _planned(store: Store, item: str) -> Row:
    """The row of gold.stock_plan, with the item's name."""
    names = store.read(tables.ITEMS).select("item_id", "name")
    planned = store.read(tables.STOCK_PLAN).where(EACH).withColumnRenamed("unit_id", "item_id")
    missing = f"{tables.STOCK_PLAN} has no such item; `basketry show stock_plan` lists them"
    return find_item(planned.join(names, "item_id", "left"), item, "weekly_demand", missing)


def _forecast(store: Store, unit_id: str) -> Any:
    asked = F.expr(EACH) & (F.col("unit_id") == unit_id)
    shown = grid("week from", "expected", "10 %", "median", "90 %", "by", right={"expected", "10 %", "median", "90 %"})
    for row in store.read(tables.DEMAND).where(asked).orderBy("week_on").collect():
        numbers = (pieces(row[name]) for name in ("mean", "p10", "p50", "p90"))
        shown.add_row(str(row["week_on"]), *numbers, row["model"])
    return shown


def _plan(plan: Row) -> Any:
    shown = grid("stock", "", right={""})
    shown.add_row("policy", plan["policy"])
    shown.add_row("order up to", f"{plan['order_up_to']:,}")
    if plan["reorder_point"] is not None:
        shown.add_row("order at or below", "never" if plan["reorder_point"] < 0 else f"{plan['reorder_point']:,}")
    shown.add_row("safety stock", f"{plan['safety_stock']:,.1f}")
    shown.add_row("must last (days)", f"{plan['protection_days']:g}")
    shown.add_row("should serve", f"{plan['expected_service']:.1%}")
    shown.add_row("sold a week lately", pieces(plan["recent_weekly"]))
    for name in ("price", "unit_margin", "companion_margin"):
        shown.add_row(name.replace("_", " "), "not known" if plan[name] is None else f"{plan[name]:.2f}")
    return shown


def _companions(store: Store, unit_id: str, settings: StockSettings) -> Any:
    """What significant pairs say of the item, most extra margin first."""
    of_item = (F.col("item_a") == unit_id) | (F.col("item_b") == unit_id)
    pairs = both_ways(complements(store.read(tables.PAIRS).where(of_item)), settings)
    pairs = pairs[pairs["a"] == unit_id].sort_values(["more", "b"], ascending=[False, True])[:MOST_COMPANIONS]
    if pairs.empty:
        return Text("nothing is bought with it beyond chance")
    names = names_of(store, pairs["b"])
    shown = grid("bought with it", "beyond chance", "baskets", right={"beyond chance", "baskets"})
    for row in pairs.itertuples():
        # As Text: a name may look like markup.
        shown.add_row(Text(names[str(row.b)]), f"{row.more:.1%}", f"{row.n_ab:,}")
    return shown
