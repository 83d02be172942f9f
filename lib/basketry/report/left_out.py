"""What the page does not show, since too few users bought it."""

import pyarrow.dataset as ds

from basketry import tables
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.mining import WHOLE
from basketry.tables.snapshot import Snapshot

COLUMNS = (
    Column("what", "what"),
    Column("level", "level"),
    Column("n", "found", "count"),
    Column("n_left_out", "left out", "count"),
)


def left_out_sheet(lake: Snapshot) -> Sheet:
    """Of all baskets, by level; no rows where mining.min_users is 0."""
    found = lake.frame(tables.LEFT_OUT, where=ds.field("segment") == WHOLE).sort_values(["what", "level"])
    least = f"{found['min_users'].iloc[0]:,}" if len(found) else "too few"
    return Sheet("left_out", f"Left out, of fewer than {least} users", COLUMNS, records(found))
