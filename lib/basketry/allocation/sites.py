"""Items at sites, and the orders one site fills whole: kept exact over every item put or taken."""

from typing import Any

import numpy as np
import numpy.typing as npt

from basketry.allocation.orders import Orders
from basketry.allocation.rules import Rules

Array = npt.NDArray[Any]
Step = tuple[bool, int, int]


class Sites:
    """`is_at` [sites, items]; `missing` [sites, orders] items of an order that a site lacks; `value` orders filled.

    Orders are those whose items are all planned: no other can be filled. An order that several sites could fill counts
    once, so `n_filled` [orders] tells how many could.
    """

    def __init__(self, orders: Orders, rules: Rules) -> None:
        self.orders, self.rules = orders.where(orders.is_whole), rules
        self._of_item = self.orders.holds.tocsc()
        self.is_at = np.zeros((len(rules.places), len(rules.space)), bool)
        self.used = np.zeros(len(rules.places))
        self.missing = np.tile(self.orders.holds.getnnz(axis=1), (len(rules.places), 1))
        self.n_filled = np.zeros(len(self.orders.weight), np.int64)
        self.value = 0

    def put(self, site: int, item: int) -> None:
        held = self._orders_of(item)
        self.is_at[site, item], self.missing[site, held] = True, self.missing[site, held] - 1
        self.used[site] += self.rules.space[item]
        filled = held[self.missing[site, held] == 0]
        self.value += int(self.orders.weight[filled[self.n_filled[filled] == 0]].sum())
        self.n_filled[filled] += 1

    def take(self, site: int, item: int) -> None:
        held = self._orders_of(item)
        filled = held[self.missing[site, held] == 0]
        self.n_filled[filled] -= 1
        self.value -= int(self.orders.weight[filled[self.n_filled[filled] == 0]].sum())
        self.is_at[site, item], self.missing[site, held] = False, self.missing[site, held] + 1
        self.used[site] -= self.rules.space[item]

    def losses(self, site: int) -> Array:
        """[items] orders that no site would fill, were the item taken from this one."""
        alone = self.orders.weight * ((self.missing[site] == 0) & (self.n_filled == 1))
        return np.asarray(self.orders.holds.T @ alone)

    def set_to(self, plan: Array) -> None:
        """Make the plan [sites, items] stand, by what differs."""
        for site, item in np.argwhere(self.is_at & ~plan):
            self.take(int(site), int(item))
        for site, item in np.argwhere(plan & ~self.is_at):
            self.put(int(site), int(item))

    def undo(self, steps: list[Step]) -> None:
        """Take back what `bring` did, last first."""
        for was_put, site, item in reversed(steps):
            (self.take if was_put else self.put)(site, item)

    def bring(self, site: int, wanted: Array, cost: Array | None = None) -> list[Step] | None:
        """Put the wanted items at the site; those take the leave that may not be with them, then the cheapest.

        `cost` [items] orders the leaving; the orders lost for the space won, unless given. Gives the steps done; None,
        and nothing changed, where fixed items, forbidden pairs, the capacity or max_changes stand against it.
        """
        steps: list[Step] = []
        foes = np.unique(np.concatenate([_NONE, *(self.rules.foes.get(int(item), _NONE) for item in wanted)]))
        if np.isin(wanted, foes).any() or self.rules.is_fixed[site, foes].any():
            return None
        self._do(steps, False, site, foes[self.is_at[site, foes]])
        self._do(steps, True, site, wanted[~self.is_at[site, wanted]])
        while self.used[site] > self.rules.capacity[site] + _TINY:
            free = self.is_at[site] & ~self.rules.is_fixed[site]
            free[wanted] = False
            if not free.any():
                break
            each = self.losses(site) / self.rules.space if cost is None else cost
            # Of equals the least sold leaves: items are in the order of what is most sold.
            left = np.flatnonzero(free)[::-1]
            self._do(steps, False, site, left[[np.argmin(each[left])]])
        if self.used[site] <= self.rules.capacity[site] + _TINY and self._is_near_enough():
            return steps
        self.undo(steps)
        return None

    def _is_near_enough(self) -> bool:
        return self.rules.last is None or self.rules.changes(self.is_at) <= self.rules.max_changes

    def _do(self, steps: list[Step], is_put: bool, site: int, items: Array) -> None:
        for item in items:
            (self.put if is_put else self.take)(site, int(item))
            steps.append((is_put, site, int(item)))

    def _orders_of(self, item: int) -> Array:
        return np.asarray(self._of_item.indices[self._of_item.indptr[item] : self._of_item.indptr[item + 1]])


_NONE = np.zeros(0, np.int64)
# Spaces are fractions: sums of them may be a rounding above the capacity.
_TINY = 1e-9
