"""`basketry tables`, `basketry show`."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.errors import SettingsError
from basketry.runs import read_note
from basketry.tables import Table
from basketry.tables.store import Store

MOST_NAMED = 10
HOW_MANY = typer.Option("-n", "--rows", min=1, max=10_000, help="Rows to print")


def list_tables(config: Config = None, assign: Assign = None) -> None:
    """List every table: rows, version, size, and the run that wrote it last."""
    store = open_lake(flags(config, assign)).store
    listed = grid("table", "rows", "version", "size", "last run", "step", "written", right={"rows", "version", "size"})
    for table in tables.ALL:
        listed.add_row(str(table), *_state(store, table))
    console = Console()
    console.print(listed)
    console.print(
        f"\nbelow {store.location(tables.RUNS).removesuffix('/ops/runs').removesuffix('.ops.runs')}", style="dim"
    )


def show(
    table: Annotated[str, typer.Argument(help="As layer.name or name: gold.rules, rules")],
    rows: Annotated[int, HOW_MANY] = 20,
    version: Annotated[int | None, typer.Option(min=0, help="Delta version [default: the newest]")] = None,
    where: Annotated[str | None, typer.Option(help='Only rows that match, as "confidence > 0.5" (Spark SQL)')] = None,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Print the first rows of a table, by its key."""
    declared = find(table)
    df = open_lake(flags(config, assign)).store.read(declared, version)
    df = df.where(where) if where else df
    Console().print(f"{declared}: {declared.note}", style="dim", markup=False)
    print_rows(df.orderBy(*declared.key), rows)


def find(name: str) -> Table:
    """The declared table of that name. Raises SettingsError naming them all."""
    matches = [table for table in tables.ALL if name in (str(table), table.name)]
    if len(matches) != 1:
        one_of = ", ".join(str(t) for t in (matches or tables.ALL))
        raise SettingsError(f"{name}: {'more than one table' if matches else 'no table'} of that name; one of {one_of}")
    return matches[0]


def print_rows(df: DataFrame, rows: int) -> None:
    """The first rows as a grid that keeps to the terminal's width."""
    numbers = {name for name, kind in df.dtypes if kind.startswith(("int", "bigint", "double", "decimal"))}
    listed = grid(*df.columns, right=numbers)
    found = df.limit(rows + 1).collect()
    for row in found[:rows]:
        listed.add_row(*[cell(value) for value in row])
    console = Console()
    console.print(listed)
    if len(found) > rows:
        console.print(f"first {rows} rows; more with --rows", style="dim")


def grid(*headings: str, right: set[str]) -> Grid:
    """An empty grid with these headings; `right` names the columns of numbers."""
    empty = Grid(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        empty.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return empty


def names_of(store: Store, items: Iterable[str]) -> dict[str, str]:
    """Readable names by item_id; an item without a row is called by its id."""
    wanted = sorted(items)
    named = store.read(tables.ITEMS).where(F.col("item_id").isin(wanted)).select("item_id", "name")
    return {item: item for item in wanted} | {row["item_id"]: row["name"] for row in named.collect()}


def find_item(named: DataFrame, item: str, sold: str, missing: str) -> Row:
    """The row of this item_id, else of this name, else with it in its name.

    Raises SettingsError when there is none, saying what is `missing`, or more than one: those are named, largest of the
    column `sold` first.
    """
    lowered = F.lower("name")
    for found in (F.col("item_id") == item, lowered == item.lower(), lowered.contains(item.lower())):
        rows = named.where(found).orderBy(F.desc(sold), "item_id").limit(MOST_NAMED + 1).collect()
        if len(rows) == 1:
            return rows[0]
        if rows:
            shown = "; ".join(f"{row['item_id']} {row['name']}" for row in rows[:MOST_NAMED])
            more = ", and more" if len(rows) > MOST_NAMED else ""
            raise SettingsError(f"{item}: more than one item; give an id, most sold first: {shown}{more}")
    raise SettingsError(f"{item}: {missing}")


def cell(value: Any) -> str:
    """A value as a person reads it: null as -, floats to 4 significant digits, long vectors cut."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        shown = ", ".join(cell(v) for v in value[:6])
        return f"[{shown}, ... {len(value)}]" if len(value) > 6 else f"[{shown}]"
    return str(value)


def _state(store: Store, table: Table) -> list[str]:
    if not store.exists(table):
        return ["-"] * 6
    last = store.last_commit(table)
    note = read_note(last["userMetadata"])
    size = f"{store.size_bytes(table) / 2**20:,.1f} MiB"
    rows = f"{store.read(table, last['version']).count():,}"
    return [
        rows,
        str(last["version"]),
        size,
        note.get("run_id", "-"),
        note.get("step", "-"),
        f"{last['timestamp']:%Y-%m-%d %H:%M}",
    ]
