"""What the lake says to one user or one cart, read for that alone; the service has it all in memory instead."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow.dataset as ds

from basketry import tables
from basketry.recommend import wording
from basketry.recommend.reasons import SMALLEST_SHARE, first
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.wording import Reason, Together
from basketry.serve.answers import as_learnt
from basketry.serve.cart import SOURCES, Scored, carts_of
from basketry.tables.recommend import ANYONE
from basketry.tables.snapshot import Snapshot, any_of

Row = dict[str, Any]


class Told(NamedTuple):
    """Rows with list, position, item_id, name, score and the texts of reasons, best first.

    `is_cold`: nothing is known of who asked. `unknown` are items of the cart that silver.items lacks.
    """

    rows: list[Row]
    is_cold: bool
    unknown: list[str]


def told_user(lake: Snapshot, user: str) -> Told:
    """The lists of a user, repeat first; the cold list for one never seen. Raises MissingInputError without lists."""
    found = _lists_of(lake, user)
    rows = [row for row in found if row["user_id"] == user] or [row for row in found if row["user_id"] == ANYONE]
    rows.sort(key=lambda row: (row["list"] != "repeat", row["position"]))
    return Told(_named(lake, rows), not any(row["user_id"] == user for row in rows), [])


def told_cart(lake: Snapshot, cart: Sequence[str], user: str | None, k: int, settings: RecommendSettings) -> Told:
    """What to add to a cart, as the service ranks it. `settings` are those of runs that recorded none."""
    lists = _lists_of(lake, user or ANYONE)
    cold = [row for row in lists if row["user_id"] == ANYONE and row["list"] == "explore"]
    repeat = [row for row in lists if row["user_id"] == user and row["list"] == "repeat"]
    carts = carts_of(lake, cold, as_learnt(lake.root, settings))
    found = carts.ranked(cart, repeat, k)
    names = _names(lake, {*cart, *(scored.item_id for scored in found)})
    pairs = _pairs(lake, [*cart, *(scored.item_id for scored in found)])
    listed = {row["item_id"]: row for row in [*cold, *repeat]}
    rows = [
        {"list": "cart", "position": place, "item_id": scored.item_id, "score": scored.score}
        | {"reasons": _texts(scored, listed.get(scored.item_id), names, pairs)}
        for place, scored in enumerate(found, 1)
    ]
    unknown = [item for item in dict.fromkeys(cart) if item not in names]
    return Told(_named(lake, rows), not repeat and not any(carts.knows(item) for item in cart), unknown)


def _lists_of(lake: Snapshot, user: str) -> list[Row]:
    found: list[Row] = lake.read(tables.RECOMMENDATIONS, where=any_of("user_id", [ANYONE, user])).to_pylist()
    return sorted(found, key=lambda row: (row["user_id"], row["list"], row["position"]))


def _texts(
    scored: Scored, listed: Row | None, names: dict[str, str], pairs: dict[tuple[str, str], Together]
) -> list[Any]:
    """The reasons of an item for a cart: its pair with an item of the cart, and those of the row that lists it."""
    found: dict[str, Reason] = {
        reason["source"]: Reason(reason["kind"], reason["text"]) for reason in (listed["reasons"] if listed else [])
    }
    if scored.because:
        speaker = scored.because[0]
        pair = pairs.get((speaker, scored.item_id))
        found["ease"] = wording.goes_with(speaker, names.get(speaker, speaker), pair)
    worth = [added > 0 and added >= SMALLEST_SHARE * scored.score for added in scored.added]
    reasons = [found.get(source) if named else None for source, named in zip(SOURCES, worth, strict=True)]
    return first(SOURCES, np.array(scored.added), reasons)


def _pairs(lake: Snapshot, items: list[str]) -> dict[tuple[str, str], Together]:
    """What gold.pairs says of the pairs of these items, by the one that speaks and the other."""
    where = (ds.field("level") == "item") & any_of("item_a", items) & any_of("item_b", items)
    columns = ("item_a", "item_b", "n_ab", "n_a", "n_b", "adjusted_lift")
    found: dict[tuple[str, str], Together] = {}
    for row in lake.read(tables.PAIRS, columns, where).to_pylist():
        for one, other in (("a", "b"), ("b", "a")):
            pair = Together(row["n_ab"], row[f"n_{one}"], row["adjusted_lift"])
            found[row[f"item_{one}"], row[f"item_{other}"]] = pair
    return found


def _named(lake: Snapshot, rows: list[Row]) -> list[Row]:
    """The rows with names, and their reasons as texts."""
    names = _names(lake, {row["item_id"] for row in rows})
    return [
        row
        | {"name": names.get(row["item_id"], row["item_id"]), "reasons": [reason["text"] for reason in row["reasons"]]}
        for row in rows
    ]


def _names(lake: Snapshot, items: Iterable[str]) -> dict[str, str]:
    found = lake.read(tables.ITEMS, ("item_id", "name"), any_of("item_id", sorted(items)))
    return dict(zip(found["item_id"].to_pylist(), found["name"].to_pylist(), strict=True))
