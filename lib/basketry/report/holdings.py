"""How much to hold of what sells most, and why."""

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

MOST = 40
COLUMNS = (
    Column("item", "item", "item"),
    Column("policy", "planned as"),
    Column("weekly_demand", "pieces a week", "number"),
    Column("order_up_to", "order up to", "count"),
    Column("reorder_point", "order at", "count"),
    Column("expected_service", "demand served", "share"),
    Column("why", "why"),
)


def stock_sheet(lake: Snapshot, labels: Labels) -> Sheet:
    """The MOST items of gold.stock_plan with the largest demand."""
    found = lake.frame(tables.STOCK_PLAN).sort_values(["weekly_demand", "unit_id"], ascending=[False, True]).head(MOST)
    rows = [
        {**row, "item": labels.name("item", row["unit_id"]), "item_id": row["unit_id"], "why": printable(row["why"])}
        for row in records(found)
    ]
    return Sheet("stock_plan", f"How much to hold: the {MOST} items that sell most", COLUMNS, rows)
