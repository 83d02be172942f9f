"""What sample users are recommended, and where it comes from. Nobody is named unless settings say so."""

from hashlib import sha256
from typing import Any, NamedTuple

import pyarrow.compute as pc

from basketry import tables
from basketry.report.labels import Labels, printable
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet
from basketry.tables.recommend import ANYONE
from basketry.tables.snapshot import Snapshot, any_of

LISTS = {"repeat": "to buy again", "explore": "new to the user"}
COLUMNS = (
    Column("user", "user"),
    Column("list", "list"),
    Column("position", "place", "count"),
    Column("item", "item", "item"),
    Column("score", "score", "number"),
    Column("reasons", "why, and its share of the score"),
)


class Person(NamedTuple):
    """A sample user; `name` is a number unless report.show_user_ids is on."""

    name: str
    lists: list[Sheet]


def people(lake: Snapshot, labels: Labels, settings: ReportSettings, *, seed: int) -> list[Person]:
    """The cold list, then n_users users drawn by the seed."""
    users = _drawn(lake, settings.n_users, seed)
    rows = lake.read(tables.RECOMMENDATIONS, where=any_of("user_id", [ANYONE, *users])).to_pylist()
    names = {user: f"user {user}" if settings.show_user_ids else f"sample user {n}" for n, user in enumerate(users, 1)}
    names = {ANYONE: "a user never seen", **names}
    return [
        Person(name, _lists(name, [row for row in rows if row["user_id"] == user], labels))
        for user, name in names.items()
    ]


def people_sheet(found: list[Person]) -> Sheet:
    rows = [row for person in found for sheet in person.lists for row in sheet.rows]
    return Sheet("recommendations", "Recommendations of the sample users", COLUMNS, rows)


def _drawn(lake: Snapshot, n: int, seed: int) -> list[str]:
    """Users with a list, in the order of a hash: a draw that does not depend on the order of the rows."""
    users = pc.unique(lake.read(tables.RECOMMENDATIONS, ("user_id",))["user_id"]).to_pylist()
    return sorted(set(users) - {ANYONE}, key=lambda user: sha256(f"{seed}:{user}".encode()).digest())[:n]


def _lists(name: str, rows: list[dict[str, Any]], labels: Labels) -> list[Sheet]:
    columns = tuple(column for column in COLUMNS if column.name not in ("user", "list"))
    made = {kind: [_named(name, row, labels) for row in rows if row["list"] == kind] for kind in LISTS}
    return [
        Sheet(
            f"list-{kind}",
            f"{name}, {LISTS[kind]}".capitalize(),
            columns,
            sorted(found, key=lambda row: row["position"]),
        )
        for kind, found in made.items()
        if found
    ]


def _named(name: str, row: dict[str, Any], labels: Labels) -> dict[str, Any]:
    return {
        "user": name,
        "list": row["list"],
        "position": row["position"],
        "item": labels.name("item", row["item_id"]),
        "item_id": row["item_id"],
        "score": row["score"],
        "reasons": reasons(row),
    }


def reasons(row: dict[str, Any]) -> str:
    """Its reasons in words, the largest contribution first, each with the share of the score that its source adds."""
    added = dict(row["contributions"])
    said = [f"{reason['text']} ({added[reason['source']] / row['score']:.0%})" for reason in row["reasons"]]
    return printable("; ".join(said))
