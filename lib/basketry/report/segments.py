"""Who buys: each segment of users, what it does, and what more of its users buy."""

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

ACTIVITY = ("recency", "frequency", "money")
# A department says more of a segment than one of its items does, so it stands first.
COARSEST_FIRST = ("department", "category", "type", "item")
COLUMNS = (
    Column("segment", "no.", "count"),
    Column("name", "segment"),
    Column("n_users", "users", "count"),
    Column("share", "of all users", "share"),
    Column("recency", "days since the last basket", "number", "mean of the segment"),
    Column("frequency", "baskets a week", "number", "mean of the segment"),
    Column("money", "spent a week", "number", "mean of the segment"),
)
ITEM_COLUMNS = (
    Column("segment", "no.", "count"),
    Column("level", "counted by"),
    Column("item", "what", "item"),
    Column("n_users", "users who bought it", "count"),
    Column("share", "of the segment", "share"),
    Column("share_rest", "of all others", "share"),
    Column("expected", "users by chance", "number", "given how many different things every user buys"),
    Column("adjusted_lift", "times chance", "number"),
    Column("q", "q", "chance", "false discovery rate"),
)


LOST_COLUMNS = (
    Column("what", "what"),
    Column("segment", "segment"),
    Column("found", "as found", "number"),
    Column("published", "as published", "number"),
)
LOST = {
    "segments": "segments",
    "parts": "segments found that became this one",
    "users": "users in the segment they were found in",
    "silhouette": "silhouette",
    "squares": "sum of squared distances to the middles",
    "profiles": "features told of a segment",
    "items": "items told of a segment",
    "rules": "rules told of a segment",
}


def read_segments(lake: Snapshot) -> pd.DataFrame:
    """Rows of gold.segments with the mean of each activity; largest first."""
    activity = lake.frame(tables.SEGMENT_PROFILES, where=ds.field("kind") == "activity")
    means = activity.pivot_table(index="segment", columns="feature", values="mean").reindex(columns=ACTIVITY)
    found = lake.frame(tables.SEGMENTS).join(means, on="segment")
    return found.sort_values(["n_users", "segment"], ascending=[False, True]).reset_index(drop=True)


def segments_sheet(found: pd.DataFrame) -> Sheet:
    rows = [{**row, "name": printable(row["name"])} for row in records(found)]
    return Sheet("segments", "Segments of users", COLUMNS, rows)


def generalisation_sheet(lake: Snapshot) -> Sheet:
    """What it cost to publish nothing of fewer than segments.min_users users; no rows where that is 0."""
    found = lake.frame(tables.SEGMENT_GENERALISATION)
    found = found.assign(what=found["measure"].map(LOST), place=found["measure"].map(list(LOST).index))
    found = found.assign(number=pd.to_numeric(found["segment"], errors="coerce")).sort_values(["place", "number"])
    least = f"nothing is told of fewer than {found['min_users'].iloc[0]:,} users" if len(found) else ""
    return Sheet("segment_generalisation", "What it cost to tell of no few users", LOST_COLUMNS, records(found), least)


def read_segment_items(lake: Snapshot, settings: ReportSettings) -> pd.DataFrame:
    """Of gold.segment_items those that most users bought beyond chance: n_segment_items a segment and level."""
    found = lake.frame(tables.SEGMENT_ITEMS)
    found = found.assign(beyond=found["n_users"] - found["expected"], place=found["level"].map(COARSEST_FIRST.index))
    found = found.sort_values(["segment", "place", "beyond", "item"], ascending=[True, True, False, True])
    return found.groupby(["segment", "level"], sort=False).head(settings.n_segment_items).reset_index(drop=True)


def segment_items_sheet(found: pd.DataFrame, labels: Labels) -> Sheet:
    rows = [{**row, "item": labels.name(row["level"], row["item"]), "item_id": row["item"]} for row in records(found)]
    return Sheet("segment_items", "What more users of a segment buy than chance explains", ITEM_COLUMNS, rows)
