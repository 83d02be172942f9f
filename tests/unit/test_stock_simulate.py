"""The simulation against days worked by hand, and plans on demand that is what they take it to be."""

import numpy as np
import pandas as pd
import pytest

from basketry.stock.distribution import Distribution
from basketry.stock.policy import newsvendor, periodic
from basketry.stock.settings import StockSettings
from basketry.stock.simulate import naive, simulate
from basketry.stock.terms import TERMS

PLAIN = StockSettings()


def terms(n=1, **over):
    return pd.DataFrame({name: [float(over.get(name, getattr(PLAIN, name)))] * n for name in TERMS})


def plan(policy, up_to, point, price=10.0, margin=3.0):
    n = len(up_to)
    columns = {"policy": policy, "order_up_to": up_to, "reorder_point": pd.array(point, dtype="Int64")}
    return pd.DataFrame({**columns, "price": price, "unit_margin": margin}, index=range(n))


def test_what_keeps_is_ordered_at_each_review_and_comes_after_the_delivery_time():
    # Starts with 5; two reviews, after days 3 and 6; an order after day 3 comes before the sales of day 5.
    asked = np.array([[2.0, 2, 2, 1, 1, 1, 0]])
    fixed = terms(review_days=3, lead_days=1, lead_sd_days=0, holding=0.365, order_cost=1)
    found = simulate(asked, plan("periodic", [5], [4]), fixed, seed=1)
    # Sold 2, 2, 1 (one lost), then 1 lost, then of 5 delivered 1, 1; left at night 3, 1, 0, 0, 4, 3, 3.
    assert (found.asked[0], found.sold[0], found.wasted[0]) == (9, 7, 0)
    assert found.lost_margin == [2 * 3] and found.orders == [2]
    assert found.holding[0] == pytest.approx(14 * 7 * 0.365 / 365)


def test_what_perishes_is_waste_after_its_days():
    asked = np.array([[3.0, 0, 1, 1]])
    found = simulate(asked, plan("newsvendor", [2], [None]), terms(shelf_days=2, salvage=0.1), seed=1)
    # First two days: 2 sold, 1 lost, none left. Next two: 2 sold, none left.
    assert (found.sold[0], found.wasted[0], found.lost_margin[0]) == (4, 0, 3)
    none = simulate(np.zeros((1, 4)), plan("newsvendor", [2], [None]), terms(shelf_days=2, salvage=0.1), seed=1)
    assert (none.wasted[0], none.waste[0]) == (4, pytest.approx(4 * (7 - 1)))


def test_an_item_without_a_price_costs_nothing_but_is_counted():
    found = simulate(np.full((1, 3), 9.0), plan("periodic", [5], [4], np.nan, np.nan), terms(), seed=1)
    assert (found.cost[0], found.sold[0], found.asked[0]) == (0, 5, 27)


@pytest.mark.parametrize(("daily", "service"), [(0.6, 0.95), (5.0, 0.95), (30.0, 0.9)])
def test_the_share_served_is_what_was_asked_for(daily, service):
    n, days, weekly = 400, 140, np.full(400, daily * 7)
    asked = np.random.default_rng(1).poisson(daily, (n, days)).astype(float)
    found = periodic(weekly, np.sqrt(weekly), terms(n), np.full(n, service), np.full(n, 7.0), PLAIN)
    done = simulate(asked, plan("periodic", found.order_up_to, found.reorder_point), terms(n), seed=2)
    # A whole piece more may be a point more where little is sold.
    assert -0.01 < done.served(np.ones(n, bool)) - service < 0.03


def test_the_newsvendor_costs_less_than_a_piece_more_or_less():
    n, weekly = 2000, np.full(2000, 14.0)
    asked = np.random.default_rng(1).poisson(2.0, (n, 70)).astype(float)
    fresh, best = terms(n), np.full(n, 3 / (3 + 6))
    level = newsvendor(weekly, np.sqrt(weekly), fresh, best, PLAIN).order_up_to

    def cost(up_to):
        return simulate(asked, plan("newsvendor", up_to, [None] * n), fresh, seed=1).cost.sum()

    assert cost(level) < min(cost(level - 2), cost(level + 2))


def test_the_rule_of_thumb_is_a_week_more_than_the_time_to_last():
    rows = pd.DataFrame({"recent_weekly": [14.0, 0.0], "protection_days": [10.0, 10.0]})
    found = naive(rows.assign(order_up_to=1, reorder_point=0))
    assert found["order_up_to"].tolist() == [34, 0] and found["reorder_point"].tolist() == [33, -1]


def test_the_expected_share_is_what_is_served():
    weekly = np.full(400, 7.0)
    found = periodic(weekly, np.full(400, 5.0), terms(400), np.full(400, 0.9), np.full(400, 7.0), PLAIN)
    wide = Distribution(np.array([10.0]), np.array([np.sqrt(25 * 10 / 7 + 1)]), 50)
    assert found.served[0] == pytest.approx(7 / (7 + wide.shortage(found.order_up_to[:1])[0]))
