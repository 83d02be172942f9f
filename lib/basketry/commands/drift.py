"""`basketry drift`."""

from collections.abc import Iterator, Sequence

from pyspark.sql import Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import cell, grid
from basketry.errors import MissingInputError
from basketry.tables.drift import MOST_MOVED, WHOLE_MEASURE
from basketry.tables.store import Store

SHARES = ("item_mix", "basket_size", "reject_reason")
N_RULES = 8


def drift(config: Config = None, assign: Assign = None) -> None:
    """Print what changed of late: shares of lines, baskets and records, models, and the rules that changed most."""
    store, console = open_lake(flags(config, assign)).store, Console(highlight=False)
    if not store.exists(tables.DRIFT):
        raise MissingInputError(f"{tables.DRIFT}: not there; run it: basketry run measure_drift")
    for part in what_changed(store):
        console.print(part)


def what_changed(store: Store) -> Iterator[Grid | Text]:
    """A grid of the shares and what moved most, one of the models, and one of the rules that changed most."""
    rows, shares = store.read(tables.DRIFT), _shares(store)
    yield _grid_of(shares)
    for row in shares:
        # As Text: a name may look like markup.
        yield Text(f"{_name(row)}: {row['why'].split(MOST_MOVED)[-1]}")
    yield from _models(rows.where("measure = 'model'").orderBy("subject").collect())
    most = (F.desc("is_drifted"), F.desc(F.abs("value")), "subject")
    tested = rows.where((F.col("measure") == "rule") & F.col("q").isNotNull())
    yield from _rules(tested.orderBy(*most).limit(N_RULES).collect())
    yield from _of_all_rules(store)


def in_brief(store: Store) -> Iterator[Grid | Text]:
    """The grid of the shares, and how many models and rules drifted."""
    yield _grid_of(_shares(store))
    models = store.read(tables.DRIFT).where("measure = 'model' AND q IS NOT NULL")
    n, n_drifted = models.agg(F.count("*"), F.count_if("is_drifted")).collect()[0]
    if n:
        yield Text(f"model: {n_drifted:,} of {n:,} lost much of their gain over popularity since last published")
    yield from _of_all_rules(store)


def _shares(store: Store) -> list[Row]:
    """Rows of shares, measure by measure."""
    rows = store.read(tables.DRIFT).where(F.col("measure").isin(*SHARES)).orderBy("subject").collect()
    return [row for measure in SHARES for row in rows if row["measure"] == measure]


def _grid_of(shares: Sequence[Row]) -> Grid:
    """Each PSI."""
    numbers = ("PSI", "by chance", "usual", "limit")
    found = grid("shares of", *numbers, "verdict", right=set(numbers))
    for row in shares:
        told = (_number(row[column]) for column in ("value", "chance", "usual", "limit"))
        found.add_row(_name(row), *told, _verdict(row))
    return found


def _of_all_rules(store: Store) -> Iterator[Text]:
    whole = (F.col("measure") == "rule") & (F.col("subject") == WHOLE_MEASURE)
    for row in store.read(tables.DRIFT).where(whole).collect():
        yield Text(f"rule: {row['why']}")


def _name(row: Row) -> str:
    return str(row["measure"] if row["subject"] == WHOLE_MEASURE else f"{row['measure']}, {row['subject']}")


def _models(rows: Sequence[Row]) -> Iterator[Grid | Text]:
    if rows and rows[0]["value"] is None:
        yield Text(f"model: {rows[0]['why']}")
        return
    numbers = ("x popular", "before", "change", "q")
    found = grid("model", *numbers, "verdict", right=set(numbers))
    for row in rows:
        found.add_row(row["subject"], *(_number(row[name], 2) for name in ("now", "before")), *_tested(row))
    yield found


def _rules(rows: Sequence[Row]) -> Iterator[Grid]:
    numbers = ("holdout", "mined", "change", "q")
    found = grid("rule: its confidence", *numbers, "verdict", right=set(numbers))
    for row in rows:
        name = row["why"].rsplit(": ", 1)[0]
        found.add_row(Text(name), *(_number(row[column]) for column in ("now", "before")), *_tested(row))
    if rows:
        yield found


def _tested(row: Row) -> tuple[str, str, str]:
    return f"{row['value']:+.0%}", cell(row["q"] if row["q"] >= 0.001 else "<.001"), _verdict(row)


def _verdict(row: Row) -> str:
    """Of what drifted also what follows."""
    if row["value"] is None:
        return "-"
    if row["is_drifted"]:
        return f"drift: {row['action']}"
    return "worth a look" if row["action"] == "note" else "as usual"


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
