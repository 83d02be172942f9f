"""`basketry audit-null`."""

import json
from collections.abc import Callable
from statistics import median
from typing import Annotated

import typer
from pyspark.sql import DataFrame
from rich.console import Console

from basketry import tables
from basketry.audits import Question, keep
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import grid
from basketry.errors import ContractError
from basketry.mining.audit import Audit, audit_null
from basketry.mining.audit_sequences import SequenceAudit, audit_sequences
from basketry.mining.levels import at_level
from basketry.mining.periods import split
from basketry.mining.settings import Level, MiningSettings
from basketry.tables.store import Store, first_line

HEADINGS = ("receipts", "usual rules", "significant pairs", "lines kept")
SEQUENCE_HEADINGS = ("visits", "listed", "significant", "in one order")


def audit(
    level: Annotated[Level, typer.Option(help="What counts as an item")] = "item",
    draws: Annotated[int, typer.Option(min=1, max=1000, help="Shuffles")] = 3,
    sequences: Annotated[
        bool, typer.Option("--sequences", help="Shuffle each user's visits, look for sequences")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of a table")] = False,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Shuffle the mined receipts until only chance is left, mine them with the present settings, and compare.

    What was found is kept in gold.audits, for `basketry report`.
    """
    opened = open_lake(flags(config, assign))
    settings = opened.arguments.settings
    versions = {str(table): opened.store.version(table) for table in (tables.BASKETS, tables.ITEMS)}
    asked = Question(level, versions, settings)
    audited: Callable[..., Audit | SequenceAudit] = audit_sequences if sequences else audit_null
    found = audited(_mined(opened.store, asked), settings.mining, draws, settings.seed)
    _keep(opened.store, asked, found)
    if as_json:
        typer.echo(as_line(found))
    elif isinstance(found, SequenceAudit):
        _print_sequences(found, settings.mining)
    else:
        _print_rules(found, settings.mining)


def _mined(store: Store, asked: Question) -> DataFrame:
    """The baskets that mining with these settings would see. Raises ContractError when there is none."""
    baskets, items = (store.read(table, asked.versions[str(table)]) for table in (tables.BASKETS, tables.ITEMS))
    mining = asked.settings.mining
    mined = at_level(split(baskets, mining.holdout_days, mining.weeks).mined, items, asked.level)
    if mined.isEmpty():
        raise ContractError(f"{tables.BASKETS}: no basket holds a known {asked.level}; nothing to shuffle")
    return mined


def _keep(store: Store, asked: Question, found: Audit | SequenceAudit) -> None:
    """A result that cannot be kept is still a result: minutes of shuffling are not thrown away for a lake that may only
    be read.
    """
    try:
        keep(store, asked, found)
    except Exception as error:
        typer.echo(f"basketry: the audit was not kept in {tables.AUDITS}: {first_line(error)}", err=True)


def as_line(found: Audit | SequenceAudit) -> str:
    """The audit as one line of JSON."""
    return json.dumps({"real": found.real._asdict(), "shuffled": [draw._asdict() for draw in found.shuffled]})


def _print(headings: tuple[str, ...], rows: list[list[str]], legend: str) -> None:
    """The first row is that of the real receipts, the others those of the shuffles."""
    shown = grid(*headings, right=set(headings[1:]))
    for number, row in enumerate(rows):
        shown.add_row(f"shuffle {number}" if number else "real", *row)
    console = Console(highlight=False)
    console.print(shown)
    console.print(legend, style="dim", markup=False)


def _print_rules(found: Audit, settings: MiningSettings) -> None:
    noise = median(draw.usual for draw in found.shuffled) / max(found.real.usual, 1)
    rows = [[f"{draw.usual:,}", f"{draw.significant:,}", f"{draw.kept:.1%}"] for draw in found.shuffled]
    _print(
        HEADINGS,
        [[f"{found.real.usual:,}", f"{found.real.significant:,}", "-"], *rows],
        f"usual: by support, confidence >= {settings.min_confidence} and lift > 1, one item a side; noise alone gives "
        f"{noise:.0%} as many\n"
        f"significant: more often together than the null `{settings.null}` explains, q <= {settings.max_q}",
    )


def _print_sequences(found: SequenceAudit, settings: MiningSettings) -> None:
    _print(
        SEQUENCE_HEADINGS,
        [[f"{n:,}" for n in tally] for tally in (found.real, *found.shuffled)],
        f"listed: one item, then another within {settings.sequence_days} days, by {settings.sequence_min_users} users "
        f"or more\nsignificant: more often than any order of the same visits gives, q <= {settings.max_q}\n"
        f"in one order: more often after than before, q <= {settings.max_q}",
    )
