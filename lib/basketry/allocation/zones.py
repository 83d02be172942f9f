"""Items in zones, and the zones that orders visit: kept exact over every item moved."""

from typing import Any

import numpy as np
import numpy.typing as npt

from basketry.allocation.orders import Orders
from basketry.allocation.rules import Rules

Array = npt.NDArray[Any]
Move = tuple[int, int]
# Spaces are fractions: sums of them may be a rounding above the capacity.
TINY = 1e-9


class Zones:
    """`zone` [items]; `count` [zones, orders] items of an order that lie in a zone; `value` zones visited by all."""

    def __init__(self, orders: Orders, rules: Rules, zone: Array) -> None:
        self.orders, self.rules = orders, rules
        self._of_item = orders.holds.tocsc()
        self.zone = zone.copy()
        self.used = np.bincount(zone, rules.space, len(rules.places))
        lies_in = zone == np.arange(len(rules.places))[:, None]
        self.count = np.asarray(lies_in.astype(np.int64) @ orders.holds.T)
        self.value = int(((self.count > 0) @ orders.weight).sum())
        # Costs of a zone stand until an item moves in or out.
        self._costs: dict[int, Array] = {}

    def move(self, item: int, zone: int) -> None:
        held = self._of_item.indices[self._of_item.indptr[item] : self._of_item.indptr[item + 1]]
        old, weight = self.zone[item], self.orders.weight[held]
        self.count[old, held] -= 1
        self.value -= int(weight[self.count[old, held] == 0].sum())
        self.value += int(weight[self.count[zone, held] == 0].sum())
        self.count[zone, held] += 1
        self.zone[item] = zone
        self._costs.pop(int(old), None)
        self._costs.pop(zone, None)
        self.used[old] -= self.rules.space[item]
        self.used[zone] += self.rules.space[item]

    def alone(self) -> Array:
        """[items] orders that visit the item's zone for this item only."""
        return self.costs()[self.zone, np.arange(len(self.zone))]

    def costs(self) -> Array:
        """[zones, items] orders of the item that would visit the zone for it only, were it there."""
        return np.stack([self._cost(zone) for zone in range(len(self.rules.places))])

    def try_moves(self, moves: list[Move]) -> bool:
        """Do the moves together if the rules allow them and orders then visit fewer zones; say whether."""
        before = self.value
        back = [(item, int(self.zone[item])) for item, _ in moves]
        self._do(moves)
        if self.value < before and self.obeys([item for item, _ in moves]):
            return True
        self._do(back)
        return False

    def obeys(self, moved: list[int]) -> bool:
        """Whether the items moved left all rules kept."""
        fits = (self.used <= self.rules.capacity + TINY).all()
        held = not self.rules.is_fixed[:, moved].any()
        apart = all(self.zone[item] not in self.zone[self.rules.foes.get(item, _NONE)] for item in moved)
        return bool(fits and held and apart and self._is_near_enough())

    def _is_near_enough(self) -> bool:
        if self.rules.last is None:
            return True
        return self.rules.changes(self.zone == np.arange(len(self.rules.places))[:, None]) <= self.rules.max_changes

    def _cost(self, zone: int) -> Array:
        """The items of the zone itself count an order with one item there, those elsewhere an order with none."""
        if zone in self._costs:
            return self._costs[zone]
        weight, count = self.orders.weight, self.count[zone]
        here = self.orders.holds.T @ (weight * (count == 1))
        self._costs[zone] = np.where(self.zone == zone, here, self.orders.holds.T @ (weight * (count == 0)))
        return self._costs[zone]

    def _do(self, moves: list[Move]) -> None:
        for item, zone in moves:
            self.move(item, zone)


_NONE = np.zeros(0, np.int64)
