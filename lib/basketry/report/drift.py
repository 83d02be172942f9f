"""What changed of late, of receipts, rules and models."""

import pandas as pd

from basketry import tables
from basketry.report.labels import printable
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.drift import WHOLE_MEASURE
from basketry.tables.snapshot import Snapshot

WORDS = {
    "item_mix": "what is bought",
    "basket_size": "how much at once",
    "reject_reason": "what is refused",
    "rule": "rules",
    "model": "models",
}
COLUMNS = (
    Column("measure", "what"),
    Column("subject", "of"),
    Column("value", "change", "number", "of what is bought, how much and what is refused: PSI; else now / before - 1"),
    Column("usual", "usual", "number", "median PSI of earlier windows"),
    Column("limit", "unusual above", "number"),
    Column("is_drifted", "drifted", "flag"),
    Column("why", "why"),
)


def drift_sheet(lake: Snapshot, settings: ReportSettings) -> Sheet:
    """Every row but those of rules, then the rules that drifted, most changed first."""
    found = lake.frame(tables.DRIFT)
    is_rule = (found["measure"] == "rule") & (found["subject"] != WHOLE_MEASURE)
    others = found[~is_rule].sort_values(["measure", "subject"])
    drifted = found[is_rule & found["is_drifted"]]
    drifted = drifted.assign(size=drifted["value"].abs()).sort_values(["size", "subject"], ascending=[False, True])
    shown = pd.concat([others, drifted.head(settings.n_drifted)])
    rows = [
        row | {"measure": WORDS[row["measure"]], "subject": printable(row["subject"]), "why": printable(row["why"])}
        for row in records(shown)
    ]
    left_out = len(drifted) - settings.n_drifted
    note = f"{left_out:,} more rules drifted; report.n_drifted shows more." if left_out > 0 else ""
    return Sheet("drift", "What changed of late, and what is usual", COLUMNS, rows, note)
