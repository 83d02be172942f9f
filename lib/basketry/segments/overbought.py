"""Items that more users of a segment buy than the number of distinct items they buy explains.

A user who buys many distinct items buys more of each. The null gives user u with that number the item i with the
probability x_u y_i / (1 + x_u y_i) that keeps every user's number and every item's users (bipartite configuration
model, Saracco et al. 2017). A segment's users are then a Poisson-binomial draw; given the item's users in all, their
number is less spread than the binomial of its mean, so the binomial's tail errs to the safe side.
"""

from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame
from scipy.special import betainc
from scipy.stats import false_discovery_control

from basketry.segments.arrays import Floats, Ints, Names, names_of
from basketry.segments.levels import lines_at
from basketry.segments.settings import SegmentsSettings

ROUNDS, TOLERANCE = 500, 1e-7
# Numbers of distinct items up to here are told apart, larger ones by steps of 5 %.
EXACT_UP_TO = 60


class Bought(NamedTuple):
    """Of I items by name and K segments: `n` [I, K] users who bought it; and of users: `distinct` items [U] of `label`
    [U], of every user who bought anything.
    """

    items: Names
    n: Ints
    distinct: Ints
    label: Ints


class OverBought(NamedTuple):
    """Rows, one an item and segment: what is significant, by segment and then by `p`, `item`."""

    label: Ints
    item: Names
    n_users: Ints
    share: Floats
    share_rest: Floats
    expected: Floats
    p: Floats
    q: Floats


def count_bought(baskets: DataFrame, items: DataFrame, labelled: DataFrame, level: str, n_labels: int) -> Bought:
    """`labelled` has user_id and label. The driver holds a row an item and segment, and a number a user."""
    lines = lines_at(baskets, items, level).select("user_id", "item").distinct()
    pairs = lines.join(labelled, on="user_id", how="inner").persist()
    counted = pairs.groupBy("item", "label").count().toPandas()
    users = pairs.groupBy("user_id", "label").count().orderBy("user_id").toPandas()
    pairs.unpersist()
    names, row = np.unique(counted["item"].to_numpy(object), return_inverse=True)
    n = np.zeros((len(names), n_labels), np.int64)
    n[row, counted["label"].to_numpy(np.int64)] = counted["count"]
    return Bought(names_of(names), n, users["count"].to_numpy(np.int64), users["label"].to_numpy(np.int64))


def over_bought(bought: Bought, settings: SegmentsSettings) -> OverBought:
    """Items of item_min_users users and more, of false discovery rate max_q at most over all of them and segments."""
    members = np.bincount(bought.label, minlength=bought.n.shape[1])
    asked = np.flatnonzero(bought.n.sum(axis=1) >= settings.item_min_users)
    n, total = bought.n[asked], bought.n[asked].sum(axis=1, keepdims=True)
    mean = expected_users(bought)[asked]
    p = _upper_tail(n, total, mean)
    q = false_discovery_control(p, axis=None).reshape(p.shape)
    at, label = np.nonzero((q <= settings.max_q) & (n > mean))
    order = np.lexsort((at, p[at, label], label))
    at, label = at[order], label[order]
    rest = (total[at, 0] - n[at, label]) / np.maximum(members.sum() - members[label], 1)
    share = n[at, label] / members[label]
    numbers = (n[at, label], share, rest, mean[at, label], p[at, label], q[at, label])
    return OverBought(label, bought.items[asked[at]], *numbers)


def expected_users(bought: Bought) -> Floats:
    """[I, K]: users of each segment who would have bought each item."""
    size = _binned(bought.distinct)
    strata, at = np.unique(size, return_inverse=True)
    users = np.zeros((len(strata), bought.n.shape[1]))
    np.add.at(users, (at, bought.label), 1)
    totals, of_item = np.unique(bought.n.sum(axis=1), return_inverse=True)
    mean_size = np.bincount(at, weights=bought.distinct) / users.sum(axis=1)
    share = _fitted(users.sum(axis=1), mean_size, totals.astype(float), np.bincount(of_item))
    return np.asarray((share.T @ users)[of_item])


def _binned(distinct: Ints) -> Ints:
    steps = EXACT_UP_TO * 1.05 ** np.arange(1, 200)
    return np.where(distinct <= EXACT_UP_TO, distinct, EXACT_UP_TO + 1 + np.searchsorted(steps, distinct))


def _fitted(users: Floats, sizes: Floats, totals: Floats, n_items: Ints) -> Floats:
    """p [S, T] with sum over s of users * p = totals, and sum over t of n_items * p = sizes; by fixed point."""
    scale = np.sqrt(max(float(users @ sizes), 1.0))
    x, y = sizes / scale, totals / scale
    for _ in range(ROUNDS):
        x_new = sizes / ((n_items * y) / (1 + np.outer(x, y))).sum(axis=1)
        y_new = totals / ((users * x_new)[:, None] / (1 + np.outer(x_new, y))).sum(axis=0)
        moved = max(np.abs(x_new - x).max() / x_new.max(), np.abs(y_new - y).max() / y_new.max())
        x, y = x_new, y_new
        if moved < TOLERANCE:
            break
    product = np.outer(x, y)
    return np.asarray(product / (1 + product))


def _upper_tail(n: Ints, total: Ints, mean: Floats) -> Floats:
    """Probability of n or more of `total` when `mean` are expected."""
    chance = np.clip(mean / total, 0.0, 1.0)
    return np.where(n > 0, betainc(np.maximum(n, 1), total - n + 1.0, chance), 1.0)
