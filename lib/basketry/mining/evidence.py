"""What speaks for a rule beyond its own table: chance, its shorter parents, the weeks after, its users."""

from collections.abc import Iterator
from math import comb
from typing import NamedTuple

import numpy as np
from scipy.stats import hypergeom

from basketry.mining.coding import Array
from basketry.mining.nulls import CHECKABLE, benjamini_hochberg, upper_tail
from basketry.mining.profiles import Profiles
from basketry.mining.settings import MiningSettings

Items = tuple[str, ...]
HYPER_LIFT_LEVEL = 0.99
RULES_AT_ONCE = 20_000
NO_PARENT = -2


class Sides(NamedTuple):
    """Rules [R] as positions of their itemsets in a profile, and of their parents' [R, items of the antecedent].

    A parent of A -> c leaves one item of A out: `shorter` is what remains of A, `shorter_whole` that with c. Nothing
    remaining is position -1, the row of all baskets; a column beyond a rule's own parents holds NO_PARENT.
    """

    whole: Array
    left: Array
    right: Array
    shorter: Array
    shorter_whole: Array


def sides_of(rules: list[tuple[Items, Items]], position: dict[Items, int]) -> Sides:
    """`position` must know every subset of every rule's items, as the itemsets of a miner do."""
    shape = len(rules), max((len(left) for left, _ in rules), default=1)
    shorter, shorter_whole = np.full(shape, NO_PARENT, np.int64), np.full(shape, NO_PARENT, np.int64)
    for i, (left, right) in enumerate(rules):
        for j in range(len(left)):
            rest = left[:j] + left[j + 1 :]
            shorter[i, j] = position[rest] if rest else -1
            shorter_whole[i, j] = position[tuple(sorted(rest + right))]
    return Sides(
        np.array([position[tuple(sorted(left + right))] for left, right in rules], np.int64),
        np.array([position[left] for left, _ in rules], np.int64),
        np.array([position[right] for _, right in rules], np.int64),
        shorter,
        shorter_whole,
    )


def weigh(sides: Sides, lengths: Array, mined: Profiles, n_items: int, settings: MiningSettings) -> dict[str, Array]:
    """The columns expected, p, q, improvement, is_redundant, is_productive, is_significant, hyper_lift and users.

    `lengths` [R, 2] are the items of both sides, `n_items` the frequent items the rules could have been made of.
    """
    n = np.vstack([mined.n, mined.baskets])
    total = n.sum(axis=1)
    mean = _in_strata(n, sides.left, sides.right, np.full(len(sides.left), -1))
    p = upper_tail(total[sides.whole], mean)
    q = _by_length(p, lengths, n_items)
    gain, p_parents = _against_parents(n, total, sides)
    return {
        "expected": mean,
        "p": p,
        "q": q,
        "improvement": gain,
        "is_redundant": _is_redundant(total, sides),
        "is_significant": q <= settings.max_q,
        "is_productive": (gain > 0) & (_by_length(p_parents, lengths, n_items) <= settings.max_q),
        "hyper_lift": _hyper_lift(total, sides),
        "n_users": mined.users[sides.whole],
        "n_top_user": mined.top[sides.whole],
    }


def check(sides: Sides, holdout: Profiles) -> dict[str, Array]:
    """The columns of the weeks never mined; `replicated` is NaN where fewer than CHECKABLE baskets were to be expected.

    holdout_left and holdout_expected are the denominators of holdout_confidence and holdout_adjusted_lift.
    """
    n = np.vstack([holdout.n, holdout.baskets])
    total = n.sum(axis=1)
    mean = _in_strata(n, sides.left, sides.right, np.full(len(sides.left), -1))
    held = np.where(mean >= CHECKABLE, total[sides.whole] > mean, np.nan)
    return {
        "holdout_freq": total[sides.whole],
        "holdout_left": total[sides.left],
        "holdout_expected": mean,
        "replicated": held,
    }


def _in_strata(n: Array, one: Array, other: Array, given: Array) -> Array:
    """Expected baskets of both, were they independent within each stratum of the baskets `given` [R]."""
    mean = np.empty(len(one))
    for some in _slices(len(one)):
        base = n[given[some]]
        parts = np.divide(n[one[some]] * n[other[some]], base, out=np.zeros_like(base), where=base > 0)
        mean[some] = parts.sum(axis=1)
    return mean


def _against_parents(n: Array, total: Array, sides: Sides) -> tuple[Array, Array]:
    """The least gain in confidence over a parent, and the largest p of "what the parent lacks adds nothing"."""
    gain, p = np.full(len(sides.left), np.inf), np.zeros(len(sides.left))
    for rows, rest, rest_whole in _parents(sides):
        mean = _in_strata(n, sides.left[rows], rest_whole, rest)
        found = total[sides.whole[rows]]
        p[rows] = np.maximum(p[rows], upper_tail(found, mean))
        gain[rows] = np.minimum(gain[rows], found / total[sides.left[rows]] - total[rest_whole] / total[rest])
    return gain, p


def _is_redundant(total: Array, sides: Sides) -> Array:
    """Whether a parent has at least the confidence, compared as whole numbers."""
    whole = total.astype(np.int64)
    redundant = np.zeros(len(sides.left), bool)
    for rows, rest, rest_whole in _parents(sides):
        redundant[rows] |= whole[rest_whole] * whole[sides.left[rows]] >= whole[sides.whole[rows]] * whole[rest]
    return redundant


def _parents(sides: Sides) -> Iterator[tuple[Array, Array, Array]]:
    """For each place in the antecedent: the rules that have it, and the parents that leave it out."""
    for j in range(sides.shorter.shape[1]):
        rows = np.flatnonzero(sides.shorter[:, j] != NO_PARENT)
        yield rows, sides.shorter[rows, j], sides.shorter_whole[rows, j]


def _by_length(p: Array, lengths: Array, n_items: int) -> Array:
    """q among all rules that could be made with as many items on each side, found or not (Webb's layers, 2008)."""
    q = np.empty(len(p))
    for left, right in np.unique(lengths, axis=0):
        rows = (lengths == (left, right)).all(axis=1)
        n_tests = comb(n_items, int(left + right)) * comb(int(left + right), int(left))
        q[rows] = benjamini_hochberg(p[rows], float(n_tests)).of(p[rows])
    return q


def _hyper_lift(total: Array, sides: Sides) -> Array:
    """Baskets of both over the 99 % quantile of chance (Hahsler & Hornik 2007); NaN where that is 0."""
    tables, at = np.unique(np.stack([total[sides.left], total[sides.right]]), axis=1, return_inverse=True)
    quantile = hypergeom.ppf(HYPER_LIFT_LEVEL, total[-1], tables[0], tables[1])[at]
    return np.asarray(np.divide(total[sides.whole], quantile, out=np.full(len(at), np.nan), where=quantile > 0))


def _slices(n: int) -> Iterator[slice]:
    return (slice(first, first + RULES_AT_ONCE) for first in range(0, n, RULES_AT_ONCE))
