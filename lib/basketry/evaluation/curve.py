"""Metrics of a model that scores pairs, each of them positive or negative, by weight."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]


class Order(NamedTuple):
    """Pairs by score, highest first: `places` [pairs] in the order, `starts` [groups] where each distinct score starts;
    the first `called` groups are called positive.
    """

    places: Ints
    starts: Ints
    called: int


class Curve(NamedTuple):
    """Weight of positives and negatives [draws, groups] that score at least so much; the last group holds all.

    `called` groups are called positive.
    """

    true: Floats
    false: Floats
    called: int


def order_of(scores: Floats, n_called: float) -> Order:
    """By score; called positive are the `n_called` highest, and those that score the same as the last of them."""
    places = np.argsort(-scores, kind="stable")
    ordered = scores[places]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return Order(places, starts, int(np.searchsorted(starts, round(n_called))))


def curve(order: Order, is_positive: Flags, weights: Floats) -> Curve:
    """`weights` [draws, pairs]: how often a pair counts."""
    weights, positive = weights[:, order.places], is_positive[order.places]
    true = np.add.reduceat(weights * positive, order.starts, axis=1)
    false = np.add.reduceat(weights * ~positive, order.starts, axis=1)
    return Curve(np.cumsum(true, axis=1), np.cumsum(false, axis=1), order.called)


def base_rate(found: Curve) -> Floats:
    """Positives / pairs: what a call at random is right in; 1 - base_rate is the accuracy of calling none."""
    return _divided(found.true[:, -1], found.true[:, -1] + found.false[:, -1])


def accuracy(found: Curve) -> Floats:
    """Positives that were called and negatives that were not, / pairs."""
    true, false = _called(found)
    return _divided(true + found.false[:, -1] - false, found.true[:, -1] + found.false[:, -1])


def f1(found: Curve) -> Floats:
    """2 * positives called / (pairs called + positives); 0 when none was called."""
    true, false = _called(found)
    return _divided(2 * true, true + false + found.true[:, -1])


def auc(found: Curve) -> Floats:
    """Chance that a positive scores above a negative; equal scores count half (Mann and Whitney 1947).

    NaN without a positive or without a negative.
    """
    true, false = found.true, found.false
    here = np.diff(true, axis=1, prepend=0)
    below = false[:, -1:] - (false + np.concatenate([np.zeros((len(false), 1)), false[:, :-1]], axis=1)) / 2
    return _divided((here * below).sum(axis=1), true[:, -1] * false[:, -1])


def average_precision(found: Curve) -> Floats:
    """Sum over distinct scores of the precision of all pairs down to it, by the share of the positives at it.

    base_rate of scores that say nothing; NaN without a positive.
    """
    precision = _divided(found.true, found.true + found.false)
    here = np.diff(found.true, axis=1, prepend=0)
    return _divided((here * np.nan_to_num(precision)).sum(axis=1), found.true[:, -1])


def _called(found: Curve) -> tuple[Floats, Floats]:
    """Positives and negatives among the called."""
    if not found.called:
        nothing = np.zeros(len(found.true))
        return nothing, nothing
    return found.true[:, found.called - 1], found.false[:, found.called - 1]


def _divided(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, np.nan, dtype=np.float64), where=whole > 0)


METRICS: Mapping[str, Callable[[Curve], Floats]] = {
    "accuracy": accuracy,
    "f1": f1,
    "auc": auc,
    "average_precision": average_precision,
    "base_rate": base_rate,
}
