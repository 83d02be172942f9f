"""What changed since the run before: the tables of the page beside their versions of then."""

from typing import Any

import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.metrics import best_models, read_metrics
from basketry.report.sheet import Column, Sheet, records
from basketry.tables import Table
from basketry.tables.mining import WHOLE
from basketry.tables.snapshot import Snapshot

COLUMNS = (
    Column("what", "what"),
    Column("before", "before", "number"),
    Column("now", "now", "number"),
    Column("change", "change", "number"),
)
RULES = (
    Column("antecedent", "who buys", "item"),
    Column("consequent", "also buys", "item"),
    Column("change", "change"),
)
N_RULES = 10
KEY = ("level", "antecedent", "consequent")
Rules = dict[tuple[str, tuple[str, ...], tuple[str, ...]], float]


def changes(now: Snapshot, then: Snapshot) -> Sheet:
    """The figures of the first screen before and now, where the table has an earlier version."""
    rows = [
        {"what": what, "before": old, "now": new, "change": new - old}
        for table, figures in FIGURES
        if then.pins(table)
        for (what, new), (_, old) in zip(figures(now), figures(then), strict=False)
    ]
    return Sheet("changes", "Since the run before", COLUMNS, rows)


def changed_rules(now: Snapshot, then: Snapshot, labels: Labels) -> Sheet:
    """Rules that are beyond chance now and were not, then those that no longer are; the most frequent of each."""
    rows: list[dict[str, Any]] = []
    if then.pins(tables.RULES):
        new, old = _significant(now), _significant(then)
        rows = [*_listed(new, old, "new", labels), *_listed(old, new, "gone", labels)]
    return Sheet("changed_rules", "Rules that came and went", RULES, rows, note=f"At most {N_RULES} of each.")


def _listed(these: Rules, those: Rules, change: str, labels: Labels) -> list[dict[str, Any]]:
    only = sorted(set(these) - set(those), key=lambda key: (-these[key], key))[:N_RULES]
    return [
        {
            "antecedent": labels.names(level, left), "antecedent_id": _ids(level, left),
            "consequent": labels.names(level, right), "consequent_id": _ids(level, right), "change": change,
        }
        for level, left, right in only
    ]  # fmt: skip


def _ids(level: str, items: tuple[str, ...]) -> str:
    return " + ".join(items) if level == "item" else ""


def _significant(lake: Snapshot) -> Rules:
    where = (ds.field("segment") == WHOLE) & ds.field("is_significant")
    rows = lake.read(tables.RULES, (*KEY, "freq"), where).to_pylist()
    return {(row["level"], tuple(row["antecedent"]), tuple(row["consequent"])): row["freq"] for row in rows}


def _rules(lake: Snapshot) -> list[tuple[str, float]]:
    found = lake.read(tables.RULES, ("is_significant",), ds.field("segment") == WHOLE)["is_significant"].to_pandas()
    return [("rules", len(found)), ("rules beyond chance", int(found.sum()))]


def _baskets(lake: Snapshot) -> list[tuple[str, float]]:
    return [("baskets", lake.dataset(tables.BASKETS).count_rows())]


def _rejected(lake: Snapshot) -> list[tuple[str, float]]:
    found = lake.read(tables.CHECKS, ("n",), ds.field("check") == "rejected")["n"].to_pylist()
    return [("records rejected", n) for n in found]


def _metrics(lake: Snapshot) -> list[tuple[str, float]]:
    found = best_models(read_metrics(lake))
    return [(f"{row['task_words']} ({row['metric']}@{row['k']})", row["value"]) for row in records(found)]


FIGURES: tuple[tuple[Table, Any], ...] = (
    (tables.BASKETS, _baskets),
    (tables.CHECKS, _rejected),
    (tables.RULES, _rules),
    (tables.METRICS, _metrics),
)
