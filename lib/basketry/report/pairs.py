"""Complements and substitutes: the strongest significant pairs, as the edges of a network."""

from collections import Counter
from typing import Any

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

PER_ITEM = 4
FINEST_FIRST = ("item", "type", "category", "department")
WANTED = ("level", "item_a", "item_b", "n_ab", "expected", "lift", "adjusted_lift", "q", "direction", "replicated")
COLUMNS = (
    Column("item_a", "item", "item"),
    Column("item_b", "and item", "item"),
    Column("department", "department"),
    Column("direction", "direction", note="complement: together more than chance; substitute: less"),
    Column("n_ab", "baskets with both", "count"),
    Column("expected", "expected by chance", "number", "among baskets of like size"),
    Column("adjusted_lift", "adjusted lift", "number", "baskets with both / expected"),
    Column("lift", "plain lift", "number"),
    Column("q", "q", "chance", "false discovery rate"),
    Column("replicated", "held again", "flag", "same direction in days never mined"),
)


def read_edges(lake: Snapshot, labels: Labels, settings: ReportSettings) -> pd.DataFrame:
    """The n_edges significant pairs of either direction whose baskets are furthest from what chance expects.

    Not more than PER_ITEM of an item and direction; of the finest level mined. Columns: WANTED, gap (baskets), and
    name and department of both items, as name_a.
    """
    found = lake.frame(tables.PAIRS, WANTED, ds.field("is_significant"))
    level = min(found["level"], key=FINEST_FIRST.index, default="item")
    found = found[found["level"] == level]
    found = found.assign(gap=(found["n_ab"] - found["expected"]).abs())
    found = found.sort_values(["direction", "gap", "item_a", "item_b"], ascending=[True, False, True, True])
    found = found[_spread(found)]
    best = found.groupby("direction", sort=True).head(settings.n_edges).reset_index(drop=True)
    for side in "ab":
        items = best[f"item_{side}"]
        best[f"name_{side}"] = [labels.name(level, item) for item in items]
        best[f"department_{side}"] = [labels.department(level, item) for item in items]
    return best


def _spread(pairs: pd.DataFrame) -> pd.Series:
    """Which pairs, best first, are among the PER_ITEM best of their direction for both their items.

    Else the most popular item would be in every pair that is shown.
    """
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in records(pairs[["direction", "item_a", "item_b"]]):
        ends = [(row["direction"], row["item_a"]), (row["direction"], row["item_b"])]
        kept.append(all(taken[end] < PER_ITEM for end in ends))
        taken.update(ends if kept[-1] else ())
    return pd.Series(kept, index=pairs.index, dtype=bool)


def edges_sheet(edges: pd.DataFrame) -> Sheet:
    rows = [_named(row) for row in records(edges)]
    return Sheet("pairs", "Strongest complements and substitutes", COLUMNS, rows)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    ids = {f"item_{side}_id": row[f"item_{side}"] if row["level"] == "item" else "" for side in "ab"}
    both = dict.fromkeys([row["department_a"], row["department_b"]])
    return {**row, **ids, "item_a": row["name_a"], "item_b": row["name_b"], "department": " / ".join(both)}
