"""Which items lie at which site and in which zone, and what that is worth on later orders."""

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.sheet import Column, Sheet, records
from basketry.tables import Table
from basketry.tables.snapshot import Snapshot

# Of each site or zone.
MOST = 20
QUALITY_COLUMNS = (
    Column("plan", "plan"),
    Column("method", "method"),
    Column("value", "filled whole, or zones visited", "number", "on orders the plan never saw"),
    Column("gain", "the plan is better by", "number"),
    Column("gain_low", "at least", "number", "95 % interval"),
    Column("gain_high", "at most", "number"),
    Column("verdict", "in words"),
)


def quality_sheet(lake: Snapshot) -> Sheet:
    found = lake.frame(tables.ALLOCATION_QUALITY).sort_values(["plan", "method"])
    rows = [{**row, "verdict": printable(row["verdict"])} for row in records(found)]
    return Sheet("allocation_quality", "What the plans are worth on later orders", QUALITY_COLUMNS, rows)


def sites_sheet(lake: Snapshot, labels: Labels) -> Sheet:
    rows = _first(lake, labels, tables.ALLOCATION, "site")
    return Sheet("allocation", f"Items by site: the first {MOST} of each", _columns("site"), rows)


def zones_sheet(lake: Snapshot, labels: Labels) -> Sheet:
    rows = _first(lake, labels, tables.SLOTTING, "zone")
    return Sheet("slotting", f"Items by zone: the first {MOST} of each", _columns("zone"), rows)


def _columns(place: str) -> tuple[Column, ...]:
    return (Column(place, place), Column("position", "place", "count"), Column("item", "item", "item"),
            Column("n_baskets", "baskets", "count"), Column("reason", "why"))  # fmt: skip


def _first(lake: Snapshot, labels: Labels, table: Table, place: str) -> list[dict[str, object]]:
    found = lake.frame(table).sort_values([place, "position", "item_id"]).groupby(place, sort=False).head(MOST)
    named = found.assign(item=[labels.name("item", item) for item in found["item_id"]])
    return records(named.assign(reason=named["reason"].map(printable), **{place: named[place].map(printable)}))
