"""Better plans by small changes, each with its exact effect; bounded by their number, never by the clock."""

import numpy as np

from basketry.allocation.sites import Array, Sites

AT_ONCE = 50
KICKS = 2
# To see what there is to try costs as much as so many tries.
LOOK = 5


def improve_sites(plan: Sites, *, max_tries: int, max_together: int, seed: int) -> None:
    """Change the plan while that fills more orders; its value never falls.

    A change brings the items that some unfilled order lacks to a site, and what is missed least leaves. When none helps
    the best plan is shaken (a few orders' items brought at random) and searched again, until max_tries changes were
    tried: an iterated local search (Lourenco, Martin, Stuetzle 2003). The same for a seed.
    """
    codes = np.random.default_rng(seed).integers(1, 2**62, len(plan.rules.space), np.int64)
    rng = np.random.default_rng(seed + 1)
    left = _descend(plan, codes, max_tries, max_together)
    best, value = plan.is_at.copy(), plan.value
    while left > 0 and (plan.n_filled == 0).any():
        _shake(plan, codes, rng)
        left = _descend(plan, codes, left - KICKS, max_together)
        if plan.value >= value:
            best, value = plan.is_at.copy(), plan.value
        else:
            plan.set_to(best)
    plan.set_to(best)


def _descend(plan: Sites, codes: Array, left: int, max_together: int) -> int:
    """Change site after site until none gains; what is left of the tries."""
    gained = True
    while gained and left > 0:
        gained = False
        for site in range(len(plan.rules.places)):
            for wanted in _proposals(plan, site, codes, max_together)[: max(left, 0)]:
                left -= 1
                gained |= _try(plan, site, wanted)
            left -= LOOK
    return left


def _try(plan: Sites, site: int, wanted: Array) -> bool:
    before = plan.value
    steps = plan.bring(site, wanted)
    if steps and plan.value <= before:
        plan.undo(steps)
    return plan.value > before


def _proposals(plan: Sites, site: int, codes: Array, max_together: int) -> list[Array]:
    """Sets of items whose coming would fill most orders for what must leave, best first; those that seem to gain.

    Orders that lack the same items have the same sum of codes: they are filled together.
    """
    lacking = plan.orders.holds @ np.where(plan.is_at[site], 0, codes)
    rows = np.flatnonzero((plan.n_filled == 0) & (plan.missing[site] <= max_together))
    names, first, group = np.unique(lacking[rows], return_index=True, return_inverse=True)
    if not len(names):
        return []
    weight = np.bincount(group, plan.orders.weight[rows]).astype(np.int64)
    n = plan.missing[site, rows[first]]
    gain = weight + np.where(n > 1, _singly(plan, site, rows)[rows[first]], 0)
    gain = gain - _cheapest(plan, site, max_together)[n]
    chosen = np.lexsort((names, -gain / n))[:AT_ONCE]
    return [_lacked(plan, site, rows[first[each]]) for each in chosen if gain[each] > 0]


def _singly(plan: Sites, site: int, rows: Array) -> Array:
    """[orders] orders that lack but one of the order's missing items, so that they are filled besides."""
    alone = np.zeros(len(plan.orders.weight), np.int64)
    one = rows[plan.missing[site, rows] == 1]
    alone[one] = plan.orders.weight[one]
    by_item = np.where(plan.is_at[site], 0, plan.orders.holds.T @ alone)
    return np.asarray(plan.orders.holds @ by_item)


def _cheapest(plan: Sites, site: int, n: int) -> Array:
    """[n + 1] orders lost at least when 0, 1 .. n items leave; nothing where there is room for all."""
    if plan.used[site] + n * plan.rules.space.mean() <= plan.rules.capacity[site]:
        return np.zeros(n + 1, np.int64)
    losses = np.sort(plan.losses(site)[plan.is_at[site] & ~plan.rules.is_fixed[site]])[:n]
    padded = np.concatenate([losses, np.zeros(n - len(losses), np.int64)])
    return np.concatenate([[0], np.cumsum(padded)])


def _lacked(plan: Sites, site: int, order: int) -> Array:
    holds = plan.orders.holds
    items = holds.indices[holds.indptr[order] : holds.indptr[order + 1]]
    return np.asarray(items[~plan.is_at[site, items]])


def _shake(plan: Sites, codes: Array, rng: np.random.Generator) -> None:
    """What some unfilled order lacks, then any item, to sites at random; what leaves for them is random too."""
    n_sites, n_items = plan.is_at.shape
    # By what they hold, so that the order of rows is nothing.
    unfilled = np.flatnonzero(plan.n_filled == 0)
    order = int(rng.choice(unfilled[np.argsort((plan.orders.holds @ codes)[unfilled], kind="stable")]))
    site = int(rng.integers(n_sites))
    plan.bring(site, _lacked(plan, site, order), rng.random(n_items))
    plan.bring(int(rng.integers(n_sites)), rng.integers(n_items, size=1), rng.random(n_items))
