"""`basketry now`."""

from typing import Annotated

import typer
from pyspark.sql import Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.text import Text

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import grid, names_of
from basketry.errors import MissingInputError
from basketry.tables.store import Store

ROWS = typer.Option("--rows", min=1, max=1000, help="Most pairs printed")


def now(config: Config = None, assign: Assign = None, rows: Annotated[int, ROWS] = 20) -> None:
    """Print what is bought together now beyond chance: significant pairs of the stream's window, most baskets first."""
    store, console = open_lake(flags(config, assign)).store, Console(highlight=False)
    if not store.exists(tables.PAIRS_NOW):
        raise MissingInputError(f"{tables.PAIRS_NOW}: not there; run it: basketry run stream_lines")
    ends = {name: F.date_format(name, "yyyy-MM-dd HH:mm") for name in ("window_start", "window_end")}
    pairs = store.read(tables.PAIRS_NOW).withColumns(ends)
    found = pairs.where("is_significant AND direction = 'complement'")
    listed = found.orderBy(F.desc("n_ab"), "item_a", "item_b").limit(rows).collect()
    if not listed:
        console.print("nothing is bought together beyond chance now (gold.pairs_now has no significant pair)")
        return
    _print(store, console, listed)


def _print(store: Store, console: Console, listed: list[Row]) -> None:
    first = listed[0]
    console.print(f"{first['window_start']} to {first['window_end']} (UTC), {first['n']:,} baskets\n", style="bold")
    names = names_of(store, {row[item] for row in listed for item in ("item_a", "item_b")})
    shown = grid("item", "with", "baskets", "expected", "times", "q", right={"baskets", "expected", "times", "q"})
    for row in listed:
        # As Text: a name may look like markup.
        pair = (Text(names[row["item_a"]]), Text(names[row["item_b"]]))
        lift = "-" if row["adjusted_lift"] is None else f"{row['adjusted_lift']:.2f}"
        shown.add_row(*pair, f"{row['n_ab']:,}", f"{row['expected']:,.1f}", lift, f"{row['q']:.2g}")
    console.print(shown)
