"""What a plan is worth on later orders beside simple plans, with an interval, and in words."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from basketry.allocation.orders import Array, Orders

Row = tuple[str, str, float, float, int, float, float, float, str]
WIDTH = 1.959964


class Outcome(NamedTuple):
    """What became of each order under a plan [orders]: 1 if one site fills it whole, or the zones it visits."""

    learnt: Array
    later: Array


class Task(NamedTuple):
    """What is judged: `plan` is sites or zones; n orders of each period stand for the mean."""

    plan: str
    n_learnt: int
    n_later: int

    @property
    def is_share(self) -> bool:
        return self.plan == "sites"


def filled(orders: Orders, plan: Array) -> Array:
    """[orders] 1 where a site of the plan [sites, items] holds every item of the order."""
    lacking = np.stack([orders.holds @ (~site).astype(np.int64) for site in plan])
    return np.asarray(orders.is_whole & (lacking == 0).any(axis=0), float)


def visited(orders: Orders, zone: Array, n_zones: int) -> Array:
    """[orders] zones [items] that the order's items lie in."""
    lies_in = (zone == np.arange(n_zones)[:, None]).astype(np.int64)
    return np.asarray((lies_in @ orders.holds.T > 0).sum(axis=0), float)


def judge(task: Task, learnt: Orders, later: Orders, chosen: Outcome, others: Mapping[str, Outcome]) -> list[Row]:
    """Rows of gold.allocation_quality, the plan's own first."""
    rows = []
    for method, found in {"plan": chosen, **others}.items():
        value = float(later.weight @ found.later) / task.n_later
        before = float(learnt.weight @ found.learnt) / task.n_learnt
        better = (chosen.later - found.later) * (1 if task.is_share else -1)
        gain, low, high = interval(better, later, task.n_later)
        said = _own_words(task, value) if method == "plan" else verdict(task, method, gain, low, high)
        rows.append((task.plan, method, value, before, task.n_later, gain, low, high, said))
    return rows


def interval(better: Array, orders: Orders, n: int) -> tuple[float, float, float]:
    """Mean of `better` [orders] over n orders with its 95 % interval.

    Users are drawn, not orders: the error is that of a mean over clusters (Cameron, Miller 2015).
    """
    gain = float(orders.weight @ better) / n
    by_user = np.bincount(orders.user, orders.weight * (better - gain))
    error = float(np.sqrt((by_user**2).sum())) / n
    return gain, gain - WIDTH * error, gain + WIDTH * error


def verdict(task: Task, method: str, gain: float, low: float, high: float) -> str:
    """The comparison in words: a gain, or a loss, only when the whole interval is on its side of 0."""
    scale, unit = (100, "points") if task.is_share else (1, "zones an order")
    found = "gain" if low > 0 else "loss" if high < 0 else "no gain"
    return (
        f"{found} over {method}: {gain * scale:+.2f} {unit} ({low * scale:+.2f} to {high * scale:+.2f}) on later orders"
    )


def _own_words(task: Task, value: float) -> str:
    if task.is_share:
        return f"fills {value:.1%} of later orders whole from one site"
    return f"a later order visits {value:.2f} zones"
