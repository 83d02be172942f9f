"""Small orders and rules for plans of sites and zones, with the best plan found by trying all."""

from itertools import combinations, product

import numpy as np
from scipy import sparse

from basketry.allocation.orders import Orders
from basketry.allocation.rules import Rules


def orders_of(*baskets, n_items):
    """Each basket is (items, how many); all are whole, of one user each."""
    holds = np.zeros((len(baskets), n_items), np.int64)
    for row, (items, _) in enumerate(baskets):
        holds[row, list(items)] = 1
    weight = np.array([n for _, n in baskets], np.int64)
    whole = np.ones(len(baskets), bool)
    return Orders(sparse.csr_matrix(holds), weight, whole, np.arange(len(baskets)), int(weight.sum()))


def rules(capacity, n_items, space=None, fixed=(), forbidden=(), last=None, max_changes=0):
    """`fixed` and `last` are pairs of a place and an item, by position."""
    is_fixed, was = np.zeros((len(capacity), n_items), bool), np.zeros((len(capacity), n_items), bool)
    for flags, pairs in ((is_fixed, fixed), (was, last or ())):
        for place, item in pairs:
            flags[place, item] = True
    foes = {}
    for a, b in forbidden:
        foes.setdefault(a, []).append(b)
        foes.setdefault(b, []).append(a)
    return Rules(
        tuple(f"place {n}" for n in range(len(capacity))),
        np.array(capacity, float),
        np.ones(n_items) if space is None else np.array(space, float),
        is_fixed,
        {item: np.array(others) for item, others in foes.items()},
        None if last is None else was,
        max_changes,
    )


def random_orders(seed, n_items=6, n_baskets=12):
    rng = np.random.default_rng(seed)
    baskets = [
        (rng.choice(n_items, rng.integers(1, 4), replace=False).tolist(), int(rng.integers(1, 9)))
        for _ in range(n_baskets)
    ]
    return orders_of(*baskets, n_items=n_items)


def allowed(plan, given):
    """Whether a plan [places, items] keeps every rule, checked apart from the library."""
    apart = not any(site[a] and site[b] for site in plan for a, others in given.foes.items() for b in others)
    is_near = given.last is None or (plan & ~given.last).sum() <= given.max_changes
    fits = (plan @ given.space <= given.capacity + 1e-9).all()
    return bool(apart and is_near and fits and (plan | ~given.is_fixed).all())


def filled_by(orders, plan):
    """Orders that one site fills, counted one by one."""
    held = [set(np.flatnonzero(site)) for site in plan]
    rows = [set(row.nonzero()[1]) for row in orders.holds]
    return sum(int(n) for row, n in zip(rows, orders.weight, strict=True) if any(row <= site for site in held))


def visits_of(orders, zone):
    """Zones visited, counted order by order."""
    return sum(
        int(n) * len({zone[item] for item in row.nonzero()[1]})
        for row, n in zip(orders.holds, orders.weight, strict=True)
    )


def best_sites(orders, given):
    """The most orders any allowed plan fills."""
    n_items = len(given.space)
    sites = [
        np.isin(np.arange(n_items), items)
        for size in range(n_items + 1)
        for items in combinations(range(n_items), size)
    ]
    plans = (np.array(each) for each in product(sites, repeat=len(given.places)))
    return max(filled_by(orders, plan) for plan in plans if allowed(plan, given))


def best_zones(orders, given):
    """The fewest visits of any allowed choice of zones."""
    places = np.arange(len(given.places))[:, None]
    choices = (np.array(zone) for zone in product(range(len(given.places)), repeat=len(given.space)))
    return min(visits_of(orders, zone) for zone in choices if allowed(zone == places, given))
