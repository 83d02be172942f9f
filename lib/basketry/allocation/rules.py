"""What a plan must obey: capacities, fixed items, forbidden pairs, and how far it may leave the last plan."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from basketry.allocation.settings import AllocationSettings, Place
from basketry.errors import ContractError
from basketry.tables.given import read_given

Array = npt.NDArray[Any]


class Given(NamedTuple):
    """The files of the settings as plain values: space by item, fixed (place, item), forbidden (item, item)."""

    space: dict[str, float]
    fixed: frozenset[tuple[str, str]]
    forbidden: frozenset[tuple[str, str]]


class Rules(NamedTuple):
    """By position: `capacity` [places], `space` [items], `is_fixed` [places, items], `foes` of an item, and the last
    plan [places, items], of which `max_changes` items at most may be elsewhere; None where any number may.
    """

    places: tuple[str, ...]
    capacity: Array
    space: Array
    is_fixed: Array
    foes: Mapping[int, Array]
    last: Array | None
    max_changes: int

    def changes(self, is_at: Array) -> int:
        """Items of a plan [places, items] at a place where the last plan did not have them."""
        return 0 if self.last is None else int((is_at & ~self.last).sum())


def read_rules(session: SparkSession, settings: AllocationSettings) -> Given:
    """Raises MissingInputError and ContractError for a file that is not there or of no use."""

    def rows(file: str | None, columns: tuple[str, str], name: str) -> list[tuple[str, str]]:
        found = read_given(session, file, columns, f"allocation.{name}").dropna().collect() if file else []
        return sorted((row[0], row[1]) for row in found)

    fixed = rows(settings.fixed, ("place", "item_id"), "fixed")
    unknown = sorted({name for name, _ in fixed} - {place.name for place in (*settings.sites, *settings.zones)})
    if unknown:
        raise ContractError(
            f"allocation.fixed: {settings.fixed} names {', '.join(unknown)}, neither a site of allocation.sites nor a "
            "zone of allocation.zones"
        )
    forbidden = frozenset(rows(settings.forbidden, ("item_a", "item_b"), "forbidden"))
    return Given(_spaces(rows(settings.space, ("item_id", "space"), "space")), frozenset(fixed), forbidden)


def _spaces(rows: list[tuple[str, str]]) -> dict[str, float]:
    spaces = pd.Series(dict(rows), dtype=object)
    numbers = pd.to_numeric(spaces, errors="coerce").astype(float)
    wrong = sorted(numbers[~(numbers > 0) | np.isinf(numbers)].index)
    if wrong or len(spaces) < len(rows):
        twice = sorted({item for item, _ in rows if sum(item == other for other, _ in rows) > 1}) if not wrong else []
        raise ContractError(
            f"allocation.space: {', '.join(wrong[:5])} have a space that is no number above 0"
            if wrong
            else f"allocation.space: {', '.join(twice[:5])} have more than one space"
        )
    return {str(item): float(space) for item, space in numbers.items()}


def rules_of(
    given: Given, item_ids: list[str], where: Sequence[Place], last: DataFrame, settings: AllocationSettings
) -> Rules:
    """`last` is the plan that stands, columns place and item_id. Raises ContractError for rules nothing can obey."""
    places, at = tuple(place.name for place in where), {item: n for n, item in enumerate(item_ids)}
    fixed = [(place, item) for place, item in sorted(given.fixed) if place in places]
    rules = Rules(
        places,
        np.array([place.capacity for place in where]),
        np.array([given.space.get(item, 1.0) for item in item_ids]),
        _flags(fixed, places, at),
        _foes(given.forbidden, at),
        None if settings.max_changes is None else _last(last, places, at),
        settings.max_changes or 0,
    )
    _refuse_impossible(rules, item_ids)
    return rules


def _last(last: DataFrame, places: tuple[str, ...], at: Mapping[str, int]) -> Array | None:
    """None when there is no last plan, which then bounds nothing."""
    rows = [(row["place"], row["item_id"]) for row in last.select("place", "item_id").collect()]
    return _flags(rows, places, at) if rows else None


def _flags(rows: list[tuple[str, str]], places: tuple[str, ...], at: Mapping[str, int]) -> Array:
    flags = np.zeros((len(places), len(at)), bool)
    for place, item in rows:
        if place in places and item in at:
            flags[places.index(place), at[item]] = True
    return flags


def _foes(forbidden: frozenset[tuple[str, str]], at: Mapping[str, int]) -> dict[int, Array]:
    foes: dict[int, set[int]] = {}
    for a, b in forbidden:
        if a in at and b in at and a != b:
            foes.setdefault(at[a], set()).add(at[b])
            foes.setdefault(at[b], set()).add(at[a])
    return {item: np.array(sorted(others)) for item, others in foes.items()}


def _refuse_impossible(rules: Rules, item_ids: list[str]) -> None:
    for n, place in enumerate(rules.places):
        fixed = np.flatnonzero(rules.is_fixed[n])
        needed = rules.space[fixed].sum()
        if needed > rules.capacity[n]:
            raise ContractError(
                f"allocation.fixed: {place} holds {rules.capacity[n]:g}, its fixed items take {needed:g}: "
                f"{', '.join(item_ids[item] for item in fixed[:20])}; raise its capacity, or fix fewer"
            )
        foes = [(a, b) for a in fixed for b in rules.foes.get(int(a), ()) if a < b and rules.is_fixed[n, b]]
        if foes:
            a, b = foes[0]
            raise ContractError(
                f"allocation: {item_ids[a]} and {item_ids[b]} are both fixed at {place}, and allocation.forbidden says "
                "never together"
            )


def refuse_too_many_changes(rules: Rules, start: Array) -> None:
    """Raises ContractError when the plan [places, items] that is nearest to the last one is too far from it."""
    needed = rules.changes(start)
    if rules.last is not None and needed > rules.max_changes:
        raise ContractError(
            f"allocation.max_changes = {rules.max_changes}: fixed items and capacities alone need {needed} changes of "
            "the last plan; raise it"
        )
