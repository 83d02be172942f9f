"""What a plan would have done on days that came: demand served, and what it cost. Sales lost are lost."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from basketry.stock.distribution import Array
from basketry.stock.policy import DAYS_A_YEAR


class Result(NamedTuple):
    """Arrays [units]: pieces asked, sold and wasted, and costs: lost margin, holding, waste, orders."""

    asked: Array
    sold: Array
    wasted: Array
    lost_margin: Array
    holding: Array
    waste: Array
    orders: Array

    @property
    def cost(self) -> Array:
        return self.lost_margin + self.holding + self.waste + self.orders

    def served(self, among: Array) -> float:
        """Share of the pieces asked of these units that the shelf had."""
        return float(self.sold[among].sum() / self.asked[among].sum())


def simulate(asked: Array, plan: pd.DataFrame, terms: pd.DataFrame, *, seed: int) -> Result:
    """`asked` [units, days] pieces; `plan` has policy, order_up_to and reorder_point, price and unit_margin.

    What keeps starts full. At the end of every review_days, when what is there and on its way is at or below the
    reorder point, it is ordered up to order_up_to; the delivery comes before a later day's sales, after lead_days
    drawn as normal, rounded. What perishes is bought anew up to order_up_to every shelf_days, and what is left then is
    waste. Costs of a piece without a price are 0.
    """
    n, days = asked.shape
    rng = np.random.default_rng(seed)
    fresh = (plan["policy"] == "newsvendor").to_numpy()
    up_to = plan["order_up_to"].to_numpy(float)
    point = plan["reorder_point"].astype(float).fillna(-1).to_numpy()
    every = np.maximum(np.where(fresh, terms["shelf_days"], terms["review_days"]).round(), 1).astype(int)
    stock, sold, wasted, held = up_to.copy(), np.zeros(n), np.zeros(n), np.zeros(n)
    coming, n_orders = np.zeros((n, days + 1)), np.zeros(n)
    for day in range(days):
        stock = stock + coming[:, day]
        taken = np.minimum(stock, asked[:, day])
        stock, sold, coming[:, day] = stock - taken, sold + taken, 0
        held += stock
        is_due = (day + 1) % every == 0
        wasted += np.where(is_due & fresh, stock, 0)
        stock = np.where(is_due & fresh, up_to, stock)
        position = stock + coming.sum(axis=1)
        ordered = np.where(is_due & ~fresh & (position <= point), up_to - position, 0)
        n_orders += (ordered > 0) | (is_due & fresh & (up_to > 0))
        lead = np.maximum(rng.normal(terms["lead_days"], terms["lead_sd_days"]).round(), 0).astype(int)
        # What comes after the last day is never seen; it stays on its way.
        coming[np.arange(n), np.minimum(day + 1 + lead, days)] += ordered
    return _costed(asked.sum(axis=1), sold, wasted, held, n_orders, plan, terms)


def _costed(
    asked: Array, sold: Array, wasted: Array, held: Array, n_orders: Array, plan: pd.DataFrame, terms: pd.DataFrame
) -> Result:
    price, margin = plan["price"].fillna(0).to_numpy(float), plan["unit_margin"].fillna(0).to_numpy(float)
    fresh = (plan["policy"] == "newsvendor").to_numpy()
    cost = price - margin
    holding = np.where(fresh, 0, held * cost * terms["holding"].to_numpy() / DAYS_A_YEAR)
    waste = wasted * (cost - price * terms["salvage"].to_numpy())
    orders = n_orders * terms["order_cost"].to_numpy()
    return Result(asked, sold, wasted, (asked - sold) * margin, holding, waste, orders)


def naive(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan of a rule of thumb: the last weeks' mean sales for the protection time and a week, every review."""
    weeks = plan["protection_days"] / 7 + 1
    up_to = np.ceil(plan["recent_weekly"] * weeks - 1e-9).astype(np.int64)
    return plan.assign(order_up_to=up_to, reorder_point=up_to - 1)
