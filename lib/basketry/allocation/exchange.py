"""Better zones by moves and exchanges of two items, each with its exact effect; bounded by their number."""

from itertools import combinations

import numpy as np

from basketry.allocation.zones import TINY, Array, Move, Zones

BEST = 12
NEVER = 2**40
KICKS = 2
REPAIRS = 4
# To see what there is to try costs as much as so many tries.
LOOK = 20


def improve_zones(plan: Zones, *, max_tries: int, seed: int) -> None:
    """Move items while orders then visit fewer zones; the number of visits never rises.

    When nothing helps the best plan is shaken by a few exchanges at random and searched again, until max_tries were
    tried. The same for a seed.
    """
    rng = np.random.default_rng(seed)
    left = _descend(plan, max_tries)
    best, value = plan.zone.copy(), plan.value
    while left > 0 and len(plan.rules.places) > 1:
        _shake(plan, rng)
        left = _descend(plan, left - KICKS)
        if plan.value <= value:
            best, value = plan.zone.copy(), plan.value
        else:
            _set_to(plan, best)
    _set_to(plan, best)


def _descend(plan: Zones, left: int) -> int:
    gained = True
    while gained and left > 0:
        gained = False
        for moves in _proposals(plan)[:left]:
            left -= 1
            gained |= plan.try_moves(moves)
        left -= LOOK
    return left


def _proposals(plan: Zones) -> list[list[Move]]:
    """Moves and exchanges that seem to gain, best first: what they gain but for orders with both items.

    For each two zones the BEST items that gain most by going to the other, and these exchanged one for one. An item is
    in one proposal only: what it seems to gain is over once it has moved.
    """
    costs = plan.costs()
    change = costs - costs[plan.zone, np.arange(len(plan.zone))]
    change[:, plan.rules.is_fixed.any(axis=0)] = NEVER
    found: list[tuple[int, list[Move]]] = []
    for here, there in combinations(range(len(plan.rules.places)), 2):
        going, coming = (_best(change[to], plan.zone == at) for at, to in ((here, there), (there, here)))
        for items, to in ((going, there), (coming, here)):
            found += [(int(change[to, item]), [(int(item), to)]) for item in items]
        found += [
            (int(change[there, one] + change[here, two]), [(int(one), there), (int(two), here)])
            for one, two in zip(going, coming, strict=False)
        ]
    return _disjoint([moves for seems, moves in sorted(found) if seems < 0 and _fits(plan, moves)])


def _disjoint(proposals: list[list[Move]]) -> list[list[Move]]:
    taken: set[int] = set()
    chosen = []
    for moves in proposals:
        items = {item for item, _ in moves}
        if not items & taken:
            taken |= items
            chosen.append(moves)
    return chosen


def _fits(plan: Zones, moves: list[Move]) -> bool:
    used = plan.used.copy()
    for item, zone in moves:
        used[plan.zone[item]] -= plan.rules.space[item]
        used[zone] += plan.rules.space[item]
    return bool((used <= plan.rules.capacity + TINY).all())


def _best(change: Array, among: Array) -> Array:
    items = np.flatnonzero(among)
    return items[np.argsort(change[items], kind="stable")[:BEST]]


def _shake(plan: Zones, rng: np.random.Generator) -> None:
    """A few items to zones at random, and others out of those until all fit; nothing where rules stand against it."""
    free, before = np.flatnonzero(~plan.rules.is_fixed.any(axis=0)), plan.zone.copy()
    moved = []
    for number in range(KICKS * REPAIRS if len(free) else 0):
        over = np.flatnonzero(plan.used > plan.rules.capacity + TINY)
        if number >= KICKS and not len(over):
            break
        among = free if number < KICKS else free[plan.zone[free] == over[0]]
        if len(among):
            item = int(rng.choice(among))
            roomy = int(np.argmax(plan.rules.capacity - plan.used))
            plan.move(item, int(rng.integers(len(plan.rules.places))) if number < KICKS else roomy)
            moved.append(item)
    if not plan.obeys(moved):
        _set_to(plan, before)


def _set_to(plan: Zones, zone: Array) -> None:
    for item in np.flatnonzero(plan.zone != zone):
        plan.move(int(item), int(zone[item]))
