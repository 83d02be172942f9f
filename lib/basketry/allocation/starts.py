"""Plans made in one go: by velocity, by category, at random, and by velocity with groups of affine items."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from basketry.allocation.rules import Rules
from basketry.errors import ContractError

Array = npt.NDArray[Any]
# Parts of a site that the most sold items take before groups do: 1 is velocity alone.
CORES = (0.0, 0.25, 0.5, 0.75, 1.0)


class Links(NamedTuple):
    """Significant pairs by position, strongest adjusted lift first: `a` and `b` [pairs], their `lift` [pairs]."""

    a: Array
    b: Array
    lift: Array


def groups_of(links: Links, n_items: int, max_group: int) -> list[Array]:
    """Items joined by links, the strongest first, into groups of max_group items at most; the others by themselves.

    The group with the most sold item comes first, and its items as sold: lower positions sell more.
    """
    group = list(range(n_items))
    members = [[item] for item in range(n_items)]
    for a, b in zip(links.a.tolist(), links.b.tolist(), strict=True):
        one, other = sorted((group[a], group[b]))
        if one != other and len(members[one]) + len(members[other]) <= max_group:
            for item in members[other]:
                group[item] = one
            members[one] += members[other]
            members[other] = []
    return sorted((np.array(sorted(each)) for each in members if each), key=lambda items: int(items[0]))


def grouped_sites(rules: Rules, groups: Sequence[Array], core: float) -> list[Array]:
    """[sites] items in the order they get in: the most sold, then groups dealt out over the sites, then the rest.

    The most sold take `core` of each capacity, the same at every site; a group goes to the site with most room left.
    """
    velocity, parts = np.arange(len(rules.space)), []
    room = rules.capacity * (1 - core)
    dealt: list[list[Array]] = [[] for _ in rules.places]
    for group in groups:
        site = int(np.argmax(room))
        if len(group) > 1 and room[site] > 0:
            dealt[site].append(group)
            room[site] -= rules.space[group].sum()
    for site, own in enumerate(dealt):
        first = velocity[: int(np.searchsorted(np.cumsum(rules.space), rules.capacity[site] * core, side="right"))]
        parts.append(_once(np.concatenate([first, *own, velocity])))
    return parts


def category_sites(rules: Rules, categories: pd.Series) -> list[Array]:
    """[sites] items as they get in: whole categories, most sold first, dealt out; then the rest by velocity."""
    room = rules.capacity.copy()
    dealt: list[list[Array]] = [[] for _ in rules.places]
    for items in by_category(categories):
        site = int(np.argmax(room))
        if room[site] > 0:
            dealt[site].append(items)
            room[site] -= rules.space[items].sum()
    return [_once(np.concatenate([*own, np.arange(len(rules.space))]).astype(np.int64)) for own in dealt]


def by_category(categories: pd.Series) -> list[Array]:
    """Items of each category, the category with the most sold item first."""
    codes, _ = pd.factorize(categories)
    return [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]


def fill_sites(rules: Rules, orders: Sequence[Array]) -> Array:
    """The plan [sites, items]: fixed items, then each site's items in its order, as far as they fit and may."""
    plan = rules.is_fixed.copy()
    for site, order in enumerate(orders):
        room = rules.capacity[site] - rules.space[plan[site]].sum()
        for item in order.tolist():
            if plan[site, item] or rules.space[item] > room or _meets_a_foe(rules, plan[site], item):
                continue
            plan[site, item] = True
            room -= rules.space[item]
            if room < rules.space.min():
                break
    return plan


def fill_zones(rules: Rules, order: Array, item_ids: Sequence[str]) -> Array:
    """The zone [items] of each item: fixed ones first, then each in the first zone with room where it may be.

    Raises ContractError naming the items that fit nowhere.
    """
    zone = np.where(rules.is_fixed.any(axis=0), rules.is_fixed.argmax(axis=0), -1)
    room = rules.capacity - rules.is_fixed @ rules.space
    left = []
    for item in order[zone[order] < 0].tolist():
        barred = set(zone[rules.foes[item]].tolist()) if item in rules.foes else set()
        fits = [n for n in np.flatnonzero(room >= rules.space[item]).tolist() if n not in barred]
        if not fits:
            left.append(item_ids[item])
            continue
        zone[item] = fits[0]
        room[fits[0]] -= rules.space[item]
    if left:
        raise ContractError(
            f"allocation.zones: no room for {len(left)} of {len(zone)} items ({', '.join(sorted(left)[:5])}): "
            f"the zones hold {rules.capacity.sum():g}, the items take {rules.space.sum():g}; "
            "raise capacities, or lower allocation.n_items"
        )
    return zone


def draws(n_items: int, n_draws: int, seed: int) -> Iterator[Array]:
    """Items in random order, n_draws times."""
    for draw in range(n_draws):
        yield np.random.default_rng([seed, draw]).permutation(n_items)


def _meets_a_foe(rules: Rules, is_at: Array, item: int) -> bool:
    return item in rules.foes and bool(is_at[rules.foes[item]].any())


def _once(items: Array) -> Array:
    """Each item where it stands first."""
    return items[np.sort(np.unique(items, return_index=True)[1])]
