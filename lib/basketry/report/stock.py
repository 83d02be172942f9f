"""What to hold: the items that most money is sold with, and what more service would cost."""

import pandas as pd

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

PLAN_COLUMNS = (
    Column("name", "item", "item"),
    Column("weekly_demand", "sells a week", "number", "expected pieces"),
    Column("order_up_to", "order up to", "count", "pieces"),
    Column("reorder_point", "order at or below", "count", "pieces; –: bought anew when the shelf life ends"),
    Column("protection_days", "must last", "number", "days: shelf life, or review and delivery"),
    Column("expected_service", "serves", "share", "of the demand, expected"),
    Column("why", "why"),
)
CURVE_COLUMNS = (
    Column("is_plan", "the plan", "flag"),
    Column("service", "asked", "share", "of demand, from the shelf"),
    Column("expected_service", "served", "share", "of demand, expected"),
    Column("order_up_to", "order up to", "count", "pieces, all items together"),
    Column("stock_value", "stock", "number", "cost of what is held on average"),
    Column("holding_weekly", "holding a week", "number", "cost"),
    Column("lost_weekly", "lost a week", "number", "margin, that of companions too"),
)


def stock_plan(lake: Snapshot, labels: Labels, settings: ReportSettings) -> tuple[pd.DataFrame, Sheet]:
    """Of gold.stock_plan the n_stock_items that most money is expected with, those without a price last."""
    plan = lake.frame(tables.STOCK_PLAN)
    money = (plan["weekly_demand"] * plan["price"].astype(float)).fillna(-1)
    found = plan.assign(money=money).sort_values(["money", "unit_id"], ascending=[False, True])
    found = found.head(settings.n_stock_items).rename(columns={"unit_id": "name_id"})
    # A column of whole numbers and nulls is one of fractions to pandas.
    points = [None if pd.isna(point) else int(point) for point in found["reorder_point"]]
    found = found.assign(
        name=[labels.name("item", item) for item in found["name_id"]],
        why=found["why"].map(printable),
        reorder_point=pd.Series(points, index=found.index, dtype=object),
    )
    note = f"Of {len(plan):,} items planned; `basketry stock ITEM` shows any." if len(plan) > len(found) else ""
    return found, Sheet("stock_plan", "Items that most money is sold with", PLAN_COLUMNS, records(found), note)


def read_curve(lake: Snapshot) -> pd.DataFrame:
    return lake.frame(tables.STOCK_CURVE).sort_values(["is_plan", "service"], ignore_index=True)


def curve_sheet(found: pd.DataFrame) -> Sheet:
    return Sheet("stock_curve", "What each service would cost, of what keeps", CURVE_COLUMNS, records(found))
