"""Where items lie: each zone and site, what is in it, and what the plan is worth on later orders."""

import pandas as pd

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables import Table
from basketry.tables.snapshot import Snapshot

N_NAMED = 5
PLACE_COLUMNS = (
    Column("place", "where"),
    Column("n_items", "items", "count"),
    Column("n_baskets", "picks", "count", "baskets of each of its items, together"),
    Column("space", "space taken", "number"),
    Column("items", "most picked"),
)
QUALITY_COLUMNS = (
    Column("plan", "plan"),
    Column("method", "layout"),
    Column(
        "value", "on later orders", "number", "zones: mean zones an order visits; sites: share of orders filled whole"
    ),
    Column("gain", "plan better by", "number"),
    Column("gain_low", "from", "number", "of the 95 % interval"),
    Column("gain_high", "to", "number"),
    Column("verdict", "in words"),
)


def read_layout(lake: Snapshot, table: Table, labels: Labels) -> pd.DataFrame:
    """Of gold.slotting or gold.allocation: place, item_id, name, department, n_baskets, space; most picked first."""
    found = lake.frame(table).rename(columns={"zone": "place", "site": "place"})
    return found.assign(
        name=[labels.name("item", item) for item in found["item_id"]],
        department=[labels.department("item", item) for item in found["item_id"]],
    ).sort_values(["place", "n_baskets", "item_id"], ascending=[True, False, True], ignore_index=True)


def places_sheet(name: str, caption: str, found: pd.DataFrame) -> Sheet:
    rows = [
        {
            "place": place,
            "n_items": len(own),
            "n_baskets": int(own["n_baskets"].sum()),
            "space": float(own["space"].sum()),
            "items": "; ".join(own["name"].head(N_NAMED)),
        }
        for place, own in found.groupby("place", sort=True)
    ]
    return Sheet(name, caption, PLACE_COLUMNS, rows)


def blocks_of(found: pd.DataFrame, settings: ReportSettings) -> pd.DataFrame:
    """The zone map: of each of the n_zones most picked zones the picks of every department (place, department, share,
    name of its most picked item), in the order of the zones' picks.
    """
    picks = found.groupby("place")["n_baskets"].sum().reset_index()
    picks = picks.sort_values(["n_baskets", "place"], ascending=[False, True]).head(settings.n_zones)
    own = found[found["place"].isin(picks["place"])]
    by = own.groupby(["place", "department"], sort=True)
    blocks = by.agg(n_baskets=("n_baskets", "sum"), name=("name", "first")).reset_index()
    blocks["share"] = blocks["n_baskets"] / found["n_baskets"].sum()
    order = {place: n for n, place in enumerate(picks["place"])}
    blocks = blocks.assign(row=blocks["place"].map(order))
    return blocks.sort_values(["row", "n_baskets", "department"], ascending=[True, False, True], ignore_index=True)


def layout_quality(lake: Snapshot) -> tuple[pd.DataFrame, Sheet]:
    """Of gold.allocation_quality every layout beside the plan."""
    found = lake.frame(tables.ALLOCATION_QUALITY).sort_values(["plan", "method"])
    found = found.assign(verdict=found["verdict"].map(printable))
    caption = "What the plans are worth on orders they never saw"
    return found, Sheet("layout_quality", caption, QUALITY_COLUMNS, records(found))
