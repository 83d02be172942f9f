"""What will sell: who sells most and who rises, and how far such forecasts were off."""

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

# Of each level.
MOST = 20
COLUMNS = (
    Column("level", "counted by"),
    Column("item", "what", "item"),
    Column("store_id", "store"),
    Column("position", "place", "count"),
    Column("expected", "pieces expected", "number", "in the weeks that are forecast"),
    Column("past", "pieces before", "number", "in as many weeks, by the last ones"),
)
MODEL_COLUMNS = (
    Column("level", "counted by"),
    Column("series_class", "class"),
    Column("n_series", "series", "count"),
    Column("model", "forecast by"),
    Column("wape", "WAPE", "share", "sum of misses / sum of sales"),
    Column("bias", "bias", "share"),
    Column("coverage", "sales from p10 to p90", "share"),
)


def hot_sellers_sheet(lake: Snapshot, labels: Labels) -> Sheet:
    rows = _named(_first(lake, "is_top", "position"), labels)
    return Sheet("hot_sellers", f"Who sells most next: the first {MOST} of each level", COLUMNS, rows)


def risers_sheet(lake: Snapshot, labels: Labels) -> Sheet:
    found = _first(lake, "is_riser", "riser_position")
    rows = _named(found.assign(position=found["riser_position"]), labels)
    return Sheet("risers", f"Who rises most next: the first {MOST} of each level", COLUMNS, rows)


def demand_models_sheet(lake: Snapshot) -> Sheet:
    """The method that each class of series is forecast by, and how far it was off on earlier weeks."""
    found = lake.frame(tables.DEMAND_MODELS, where=ds.field("is_chosen"))
    rows = records(found.sort_values(["level", "series_class", "model"]))
    return Sheet("demand_models", "How each class of series is forecast", MODEL_COLUMNS, rows)


def _first(lake: Snapshot, flag: str, place: str) -> pd.DataFrame:
    """Rows of gold.hot_sellers with that flag, the first MOST of each level by that place."""
    found = lake.frame(tables.HOT_SELLERS, where=ds.field(flag))
    return found.sort_values(["level", place, "unit_id", "store_id"]).groupby("level", sort=False).head(MOST)


def _named(found: pd.DataFrame, labels: Labels) -> list[dict[str, object]]:
    rows = records(found)
    return [{**row, "item": labels.name(row["level"], row["unit_id"]), "item_id": row["unit_id"]} for row in rows]
