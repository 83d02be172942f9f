"""`basketry segments`: the segments of users in one screen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import names_of
from basketry.tables.segments import EVERY
from basketry.tables.segments import SEGMENT_GENERALISATION as LOST
from basketry.tables.store import Store

Rows = Sequence[Any]
WIDTH = 80
N_ITEMS = 3
LONGEST = 14


def segments(config: Config = None, assign: Assign = None) -> None:
    """Print each segment of users: name, size, what sets it apart, and what its users buy more."""
    store = open_lake(flags(config, assign)).store
    console = Console(highlight=False, width=WIDTH)
    for line in lines_of(store):
        console.print(line[:WIDTH], markup=False, style="bold" if line[:1].strip() else None)


def lines_of(store: Store) -> Iterator[str]:
    """What is printed of the tables."""
    over = store.read(tables.SEGMENT_ITEMS).collect()
    found, profiles = store.read(tables.SEGMENTS).collect(), store.read(tables.SEGMENT_PROFILES).collect()
    # A lake of before this table was there has none.
    lost = store.read(LOST).orderBy("segment", "measure").collect() if store.exists(LOST) else []
    yield from told_of(found, profiles, over, _names(store, over))
    yield from cost_of(lost)


def told_of(found: Rows, profiles: Rows, over: Rows, names: Mapping[str, str]) -> Iterator[str]:
    """No line longer than WIDTH columns: three a segment, largest first, and one that says what brackets are."""
    for row in sorted(found, key=lambda row: (-row["n_users"], row["segment"])):
        size = f"{row['n_users']:,} users, {row['share']:.1%}"
        yield f"{row['segment']:<3} {_cut(row['name'], WIDTH - len(size) - 6):<{WIDTH - len(size) - 5}} {size}"
        yield _cut("    " + _apart([each for each in profiles if each["segment"] == row["segment"]]), WIDTH)
        more = _most([each for each in over if each["segment"] == row["segment"]])
        told = ", ".join(f"{_cut(names[each['item']], LONGEST)} x{each['adjusted_lift']:.1f}" for each in more)
        yield _cut(f"    buys more: {told or 'nothing that the length of its lists does not explain'}", WIDTH)
    yield "    in brackets: everyone; x: users who bought it over those expected"


def cost_of(lost: Rows) -> Iterator[str]:
    """What segments.min_users left out and made one, in three lines; nothing where it is 0."""
    of = {row["measure"]: (row["found"], row["published"]) for row in lost if row["segment"] == EVERY}
    if not of:
        return
    (n, n_left), (users, stayed), (squares, squares_left) = of["segments"], of["users"], of["squares"]
    several = [row for row in lost if row["measure"] == "parts" and row["found"] > 1]
    made = ", ".join(f"{row['segment']} of {row['found']:.0f}" for row in several)
    yield _cut(f"{lost[0]['min_users']} users at least: {n:.0f} found are {n_left:.0f}{made and f' ({made})'}", WIDTH)
    moved = "too few users to say" if stayed is None else f"{1 - stayed / users:.1%} of users"
    spread = squares_left / squares - 1 if squares else 0.0
    yield f"    moved: {moved}; spread within {spread:+.1%}; silhouette {_change(of['silhouette'], '.3f')}"
    left = ", ".join(f"{name} {_change(of[name], ',.0f')}" for name in ("profiles", "items", "rules"))
    yield f"    rows: {left}"


def _change(both: tuple[float, float], form: str) -> str:
    return f"{both[0]:{form}} -> {both[1]:{form}}"


def _apart(profile: Rows) -> str:
    """Each activity, and everyone's in brackets."""
    mean = {row["feature"]: (row["mean"], row["mean_all"]) for row in profile if row["kind"] == "activity"}
    (days, days_all), (baskets, baskets_all), (money, money_all) = (mean[n] for n in ("recency", "frequency", "money"))
    often = f"{baskets:.2g} ({baskets_all:.2g}) baskets and {money:.1f} ({money_all:.1f}) spent a week"
    return f"last basket {days:.0f} ({days_all:.0f}) days ago, {often}"


def _most(over: Rows) -> Rows:
    """Of the coarsest level, those that most users bought beyond what was expected."""
    order = ("department", "category", "type", "item")
    level = min((row["level"] for row in over), key=order.index, default="item")
    kept = [row for row in over if row["level"] == level]
    return sorted(kept, key=lambda row: (row["expected"] - row["n_users"], row["item"]))[:N_ITEMS]


def _names(store: Store, over: Rows) -> dict[str, str]:
    """Of items their names; of other levels as they are."""
    wanted = {row["item"] for row in over}
    items = {row["item"] for row in over if row["level"] == "item"}
    return {item: item for item in wanted} | names_of(store, items)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
