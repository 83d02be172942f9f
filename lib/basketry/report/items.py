"""A page for each of the items bought most: what goes with it by rules, by factors and by embedding."""

from typing import NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables import Table
from basketry.tables.snapshot import Snapshot, any_of

Shape = tuple[str, str, tuple[Column, ...]]
PAIRS = ("item_a", "item_b", "n_ab", "expected", "adjusted_lift", "direction")
BY_PAIR = (
    Column("other", "item", "item"),
    Column("n_ab", "baskets", "count"),
    Column("adjusted_lift", "adjusted lift", "number"),
)
BY_SIMILARITY = (Column("other", "item", "item"), Column("similarity", "cosine", "number"))

SHEETS = (
    ("pairs", "Bought with it, beyond chance", BY_PAIR),
    ("factors", "Bought by the same people (ALS)", BY_SIMILARITY),
    ("embedding", "Near it by embedding", BY_SIMILARITY),
)


class ItemPage(NamedTuple):
    """`sheets`: its neighbours by pairs beyond chance, by ALS factors, by embedding; empty ones say so."""

    number: int
    item_id: str
    name: str
    department: str
    baskets: int
    sheets: tuple[Sheet, ...]


def item_baskets(lake: Snapshot) -> pd.Series:
    """Mined baskets of each item by item_id, most first, ties by id; empty when no item level was mined."""
    counted = lake.read(tables.ITEM_COUNTS, ("item", "n"), ds.field("level") == "item")
    found = counted.group_by("item").aggregate([("n", "sum")]).to_pandas()
    sold: pd.Series = found.sort_values(["n_sum", "item"], ascending=[False, True]).set_index("item")["n_sum"]
    return sold


def item_pages(lake: Snapshot, labels: Labels, settings: ReportSettings) -> list[ItemPage]:
    sold = item_baskets(lake).head(settings.n_items)
    wanted = list(sold.index)
    kinds = (_by_pair(lake, wanted), _by_factors(lake, wanted), _by_embedding(lake, wanted))
    return [
        ItemPage(
            number, item, labels.name("item", item), labels.department("item", item), int(sold[item]),
            tuple(_sheet(shape, near, item, labels, settings) for shape, near in zip(SHEETS, kinds, strict=True)),
        )
        for number, item in enumerate(wanted, 1)
    ]  # fmt: skip


def _sheet(shape: Shape, near: pd.DataFrame, item: str, labels: Labels, settings: ReportSettings) -> Sheet:
    name, caption, columns = shape
    best = near[near["item_id"] == item].head(settings.n_neighbours)
    rows = [{**row, "other_id": row["other"], "other": labels.name("item", row["other"])} for row in records(best)]
    return Sheet(f"item-{name}", caption, columns, rows)


def _by_pair(lake: Snapshot, items: list[str]) -> pd.DataFrame:
    """(item_id, other, n_ab, adjusted_lift): complements beyond chance, by baskets above what is expected."""
    known = (ds.field("level") == "item") & ds.field("is_significant") & (ds.field("direction") == "complement")
    pairs = lake.frame(tables.PAIRS, PAIRS, known & (any_of("item_a", items) | any_of("item_b", items)))
    there = pairs.rename(columns={"item_a": "item_id", "item_b": "other"})
    back = pairs.rename(columns={"item_b": "item_id", "item_a": "other"})
    both = pd.concat([there, back])
    both["gap"] = both["n_ab"] - both["expected"]
    return both.sort_values(["gap", "other"], ascending=[False, True])


def _by_factors(lake: Snapshot, items: list[str]) -> pd.DataFrame:
    where = any_of("item_id", items) & ~ds.field("is_fallback")
    return _listed(lake, tables.SIMILAR_ITEMS, "similar_item_id", where)


def _by_embedding(lake: Snapshot, items: list[str]) -> pd.DataFrame:
    return _listed(lake, tables.ITEM_NEIGHBOURS, "neighbour_item_id", any_of("item_id", items))


def _listed(lake: Snapshot, table: Table, other: str, where: ds.Expression) -> pd.DataFrame:
    """(item_id, other, similarity) by position; no rows where the step has not run."""
    columns = ("item_id", "position", other, "similarity")
    found = lake.frame(table, columns, where) if lake.has(table) else pd.DataFrame(columns=list(columns))
    return found.sort_values("position").rename(columns={other: "other"})


def pages_sheet(pages: list[ItemPage]) -> Sheet:
    """Every neighbour of every item page, one row each: what the CSV holds."""
    columns = (
        Column("item", "item", "item"), Column("by", "by"), Column("place", "place", "count"),
        Column("other", "neighbour", "item"),
    )  # fmt: skip
    rows = [
        {"item": page.name, "item_id": page.item_id, "by": sheet.name.removeprefix("item-"), "place": place,
         "other": row["other"], "other_id": row["other_id"]}
        for page in pages for sheet in page.sheets for place, row in enumerate(sheet.rows, 1)
    ]  # fmt: skip
    return Sheet("item_pages", "Neighbours of the items bought most", columns, rows)
