"""Names instead of ids, and the department each belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pandas as pd

from basketry import tables
from basketry.tables.snapshot import Snapshot

NO_DEPARTMENT = "no department"
LEVELS = ("type", "category", "department")


@dataclass(frozen=True)
class Labels:
    """`items`: name, type, category and department by item_id."""

    items: pd.DataFrame

    def name(self, level: str, item: str) -> str:
        """The item's name, printable; a type, category or department is its own name, an unknown item its id."""
        return printable(self._names.get(item) or item if level == "item" else item)

    def names(self, level: str, items: Iterable[str]) -> str:
        return " + ".join(self.name(level, item) for item in items)

    def department(self, level: str, item: str) -> str:
        found = item if level == "department" else self._departments[level].get(item)
        return printable(found or NO_DEPARTMENT)

    def group_of(self, level: str) -> dict[str, str]:
        """What each item counts as at the level; items without such a value are left out."""
        if level == "item":
            return {item: item for item in self.items.index}
        return _mapping(self.items[level].dropna())

    @cached_property
    def _names(self) -> dict[str, str]:
        return _mapping(self.items["name"])

    @cached_property
    def _departments(self) -> dict[str, dict[str, str]]:
        return _departments(self.items)


def printable(text: str) -> str:
    """The text on one line, without what would hide in it, turn its direction, or be no XML."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def read_labels(lake: Snapshot) -> Labels:
    items = lake.frame(tables.ITEMS, ("item_id", "name", *LEVELS))
    return Labels(items.set_index("item_id").sort_index())


def _departments(items: pd.DataFrame) -> dict[str, dict[str, str]]:
    """By level, then item: of a type or category the department that most of its items are in, ties by name."""
    known = items.dropna(subset=["department"])
    found = {"item": _mapping(known["department"])}
    for level in ("type", "category"):
        counted = known.groupby([level, "department"]).size().rename("n").reset_index()
        counted = counted.sort_values(["n", "department"], ascending=[False, True])
        found[level] = _mapping(counted.drop_duplicates(level).set_index(level)["department"])
    return found


def _mapping(values: pd.Series) -> dict[str, str]:
    return cast(dict[str, str], values.to_dict())
