"""The local searches keep every rule, never lose, and find the best plan where all plans can be tried."""

import numpy as np
import pytest

from basketry.allocation.exchange import improve_zones
from basketry.allocation.orders import Orders
from basketry.allocation.search import improve_sites
from basketry.allocation.sites import Sites
from basketry.allocation.starts import fill_sites, fill_zones
from basketry.allocation.zones import Zones
from tests.support.orders import (
    allowed,
    best_sites,
    best_zones,
    filled_by,
    orders_of,
    random_orders,
    rules,
    visits_of,
)

RULES = {
    "plain": {},
    "spaces": {"space": [1, 2, 1, 1.5, 0.5, 1]},
    "fixed": {"fixed": [(0, 5), (1, 4)]},
    "forbidden": {"forbidden": [(0, 1), (1, 2)]},
    "near the last plan": {"last": [(0, 0), (0, 1), (0, 2), (1, 3), (1, 4), (1, 5)], "max_changes": 2},
    "all": {"fixed": [(0, 5)], "forbidden": [(0, 1)], "space": [1, 1, 1, 1.5, 0.5, 1]},
}


def sites(orders, given, max_tries=1000):
    plan = Sites(orders, given)
    velocity = [np.arange(len(given.space))] * len(given.places)
    last = None if given.last is None else [np.flatnonzero(site) for site in given.last]
    plan.set_to(fill_sites(given, last or velocity))
    before = plan.value
    improve_sites(plan, max_tries=max_tries, max_together=4, seed=1)
    assert plan.value >= before
    return plan


def zones(orders, given, max_tries=8000):
    had = given.is_fixed if given.last is None else given.last
    start = fill_zones(given._replace(is_fixed=had), np.arange(len(given.space)), list("abcdef"))
    plan = Zones(orders, given, start)
    before = plan.value
    improve_zones(plan, max_tries=max_tries, seed=1)
    assert plan.value <= before
    return plan


@pytest.mark.parametrize("given", RULES.values(), ids=RULES)
@pytest.mark.parametrize("seed", range(2))
def test_sites_are_as_good_as_the_best_of_all_plans(seed, given):
    orders, given = random_orders(seed), rules([3, 3], 6, **given)
    plan = sites(orders, given)
    assert allowed(plan.is_at, given)
    assert plan.value == filled_by(orders, plan.is_at) == best_sites(orders, given)


@pytest.mark.parametrize("given", RULES.values(), ids=RULES)
@pytest.mark.parametrize("seed", range(2))
def test_zones_are_as_good_as_the_best_of_all_choices(seed, given):
    capacity = [4, 3.5] if "space" in given else [3, 3]
    orders, given = random_orders(seed), rules(capacity, 6, **given)
    plan = zones(orders, given)
    assert allowed(plan.zone == np.arange(2)[:, None], given)
    assert plan.value == visits_of(orders, plan.zone) == best_zones(orders, given)


def test_a_search_without_tries_leaves_the_plan():
    orders, given = random_orders(3), rules([2, 2], 6)
    assert sites(orders, given, 0).is_at.tolist() == [[True] * 2 + [False] * 4] * 2
    assert zones(orders, rules([3, 3], 6), 0).zone.tolist() == [0, 0, 0, 1, 1, 1]


def test_no_changes_allowed_leaves_the_last_plan():
    given = rules([3, 3], 6, last=[(0, 0), (0, 4), (0, 5), (1, 1), (1, 2), (1, 3)], max_changes=0)
    assert (sites(random_orders(1), given).is_at <= given.last).all()
    assert zones(random_orders(1), given).zone.tolist() == [0, 1, 1, 1, 0, 0]


def test_the_order_of_rows_changes_nothing():
    orders = random_orders(5, n_items=12, n_baskets=60)
    turned = np.random.default_rng(0).permutation(60)
    mixed = Orders(*(part[turned] for part in orders[:4]), orders.total)
    given = rules([4, 4, 3], 12)
    assert (sites(orders, given).is_at == sites(mixed, given).is_at).all()
    given = rules([4, 4, 4], 12)
    one, other = (Zones(each, given, np.arange(12) // 4) for each in (orders, mixed))
    for plan in (one, other):
        improve_zones(plan, max_tries=2000, seed=1)
    assert (one.zone == other.zone).all()


def test_an_order_with_an_item_outside_the_plan_is_not_filled():
    orders = orders_of(([0], 5), ([1], 3), n_items=2)
    partly = orders._replace(is_whole=np.array([False, True]))
    assert sites(partly, rules([1], 2)).value == 3


def test_items_needed_together_come_together():
    # By velocity 0 and 1 lie there and fill 5 orders; neither 2, 3 nor 4 alone fills any, all three fill 9.
    orders = orders_of(([0], 2), ([1], 3), ([2, 3, 4], 9), n_items=5)
    plan = sites(orders, rules([3], 5), max_tries=1)
    assert plan.is_at.tolist() == [[False, False, True, True, True]] and plan.value == 9
