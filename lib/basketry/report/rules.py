"""The rules of the page, best first, and the table they make."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.report.verdicts import ARTEFACT, verdicts
from basketry.tables.mining import WHOLE
from basketry.tables.snapshot import Snapshot

SIDES = ("antecedent", "consequent")

COLUMNS = (
    Column("antecedent", "who buys", "item"),
    Column("consequent", "also buys", "item"),
    Column("department", "department"),
    Column("level", "level"),
    Column("freq", "baskets", "count", "baskets with both sides"),
    Column("support", "of all baskets", "share", "support: baskets with both sides / all baskets mined"),
    Column("confidence", "share that also buys", "share", "confidence: baskets with both / with the first"),
    Column("lift", "plain lift", "number", "confidence / share of baskets with the second; 1 when independent"),
    Column("adjusted_lift", "adjusted lift", "number", "baskets with both / expected among baskets of like size"),
    Column("q", "q", "chance", "false discovery rate of calling this and all stronger rules real"),
    Column("verdict", "verdict"),
    Column("replicated", "held again", "flag", "adjusted lift above 1 in the last days, which were never mined"),
    Column("n_users", "users", "count", "distinct users who bought both together"),
)


def read_rules(lake: Snapshot, labels: Labels) -> pd.DataFrame:
    """Every rule of the whole period with its verdict, best first: beyond chance, by baskets above what is expected.

    Columns: those of gold.rules, verdict, excess (baskets), who, what (names), department.
    """
    rules = lake.frame(tables.RULES, where=ds.field("segment") == WHOLE)
    rules = rules.assign(
        verdict=verdicts(rules),
        excess=rules["freq"] - rules["expected"],
        key=pd.Series([(tuple(a), tuple(b)) for a, b in _sides(rules)], index=rules.index, dtype=object),
        who=[labels.names(level, items) for level, items in _side(rules, "antecedent")],
        what=[labels.names(level, items) for level, items in _side(rules, "consequent")],
        department=[labels.department(level, items[0]) for level, items in _side(rules, "antecedent")],
    )
    best_first = (["is_significant", "excess", "level", "key"], [False, False, True, True])
    return rules.sort_values(best_first[0], ascending=best_first[1], kind="stable", ignore_index=True)


def _sides(rules: pd.DataFrame) -> Iterable[tuple[Iterable[str], Iterable[str]]]:
    return zip(rules["antecedent"], rules["consequent"], strict=True)


def _side(rules: pd.DataFrame, side: str) -> Iterable[tuple[str, Sequence[str]]]:
    return zip(rules["level"], rules[side], strict=True)


def best_rules(rules: pd.DataFrame, settings: ReportSettings) -> pd.DataFrame:
    """n_rules of each level, best first, numbered from 1 in `number`, with the address of their passport in `link`.

    Up to a quarter of them are the artefacts of highest plain lift: who reads a usual list must find them here.
    """
    artefacts = rules[rules["verdict"] == ARTEFACT].sort_values(["lift", "key"], ascending=[False, True])
    traps = artefacts.groupby("level").head(settings.n_rules // 4).index
    n_left = settings.n_rules - rules.loc[traps].groupby("level").size()
    place = rules.drop(traps).groupby("level").cumcount()
    most = rules["level"].map(n_left).fillna(settings.n_rules)
    kept = traps.union(place.index[place < most[place.index]])
    shown = rules.loc[kept].sort_index().reset_index(drop=True)
    shown["number"] = np.arange(1, len(shown) + 1)
    return shown.assign(link=[f"#rule-{number}" for number in shown["number"]])


def rules_sheet(shown: pd.DataFrame, n_all: int) -> Sheet:
    rows: list[dict[str, Any]] = [_named(row) for row in records(shown)]
    note = f"{len(shown):,} of {n_all:,}: the best, and artefacts of high plain lift; report.n_rules shows more."
    levels = shown["level"].nunique()
    columns = tuple(column for column in COLUMNS if column.name != "level" or levels > 1)
    return Sheet("rules", "Rules, best first", columns, rows, note=note if len(shown) < n_all else "", link="link")


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """The row with names in place of the sides, and their ids beside them; a type is its own name."""
    ids = {f"{side}_id": " + ".join(row[side]) if row["level"] == "item" else "" for side in SIDES}
    return {**row, **ids, "antecedent": row["who"], "consequent": row["what"]}
