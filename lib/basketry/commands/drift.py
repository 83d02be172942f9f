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
    """A grid of the shares, one of the models, and one of the rules that changed most."""
    rows = store.read(tables.DRIFT)
    others = rows.where(F.col("measure") != "rule").orderBy("measure", "subject").collect()
    yield from _shares([row for measure in SHARES for row in others if row["measure"] == measure])
    yield from _models([row for row in others if row["measure"] == "model"])
    of_rules = rows.where((F.col("measure") == "rule") & (F.col("subject") != WHOLE_MEASURE))
    most = (F.desc("is_drifted"), F.desc(F.abs("value")), "subject")
    yield from _rules(of_rules.where("q IS NOT NULL").orderBy(*most).limit(N_RULES).collect())
    for row in rows.where((F.col("measure") == "rule") & (F.col("subject") == WHOLE_MEASURE)).collect():
        yield Text(f"rule: {row['why']}")


def _shares(rows: Sequence[Row]) -> Iterator[Grid | Text]:
    """Each PSI, then what moved most, or why nothing can be said."""
    numbers = ("PSI", "by chance", "usual", "limit")
    found = grid("shares of", *numbers, "verdict", right=set(numbers))
    for row in rows:
        told = (_number(row[column]) for column in ("value", "chance", "usual", "limit"))
        found.add_row(_name(row), *told, _verdict(row))
    yield found
    for row in rows:
        # As Text: a name may look like markup.
        yield Text(f"{_name(row)}: {row['why'].split(MOST_MOVED)[-1]}")


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
