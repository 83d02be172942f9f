"""Pairs of items before and after a cut: how often they met, and how often chance leads one to expect it."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array
from basketry.mining.counts import count_items, count_pairs
from basketry.mining.nulls import expected, strata_vectors, upper_tail
from basketry.mining.space import collect_margins

ITEMS_PER_BLOCK = 256


class Side(NamedTuple):
    """Counts of the items `labels`, sorted, on one side: `vectors` [S, I] of the null by strata, `n` [I] baskets."""

    labels: list[str]
    vectors: Array
    n: Array
    n_baskets: int

    def of(self, labels: list[str]) -> "Side":
        """Of these labels, each of which it has."""
        at = np.searchsorted(self.labels, labels)
        return Side(labels, self.vectors[:, at], self.n[at], self.n_baskets)


def pairs_before_and_later(train: DataFrame, later: DataFrame, min_expected: float) -> pd.DataFrame:
    """Every pair of items sold on both sides that chance alone would bring together in `min_expected` of the `later`
    baskets or more; whether it was seen together, on either side, is not asked.

    Columns: item_a < item_b; n, n_a, n_b, expected and n_baskets before; later_n, later_expected, and later_p, the
    Poisson chance of so many or more. Baskets are at a level, with a stratum. The driver holds 8 bytes a pair of items
    in ITEMS_PER_BLOCK rows, and what `collect_margins` says.
    """
    before, after = _side(train), _side(later)
    labels = sorted(set(before.labels) & set(np.array(after.labels)[after.n >= min_expected]))
    left, right = _expected_often(after.of(labels).vectors, min_expected)
    asked = np.unique(np.concatenate([left, right]))
    labels = [labels[at] for at in asked]
    left, right = np.searchsorted(asked, left), np.searchsorted(asked, right)
    before, after = before.of(labels), after.of(labels)
    then, now = _met(train, labels, left, right), _met(later, labels, left, right)
    later_expected = expected(after.vectors, left, right)
    names = np.array(labels, dtype=object)
    return pd.DataFrame(
        {
            "item_a": names[left],
            "item_b": names[right],
            "n": then,
            "n_a": before.n[left],
            "n_b": before.n[right],
            "expected": expected(before.vectors, left, right),
            "n_baskets": before.n_baskets,
            "later_n": now,
            "later_expected": later_expected,
            "later_p": upper_tail(now, later_expected),
        }
    )


def _side(baskets: DataFrame) -> Side:
    margins, names = collect_margins(count_items(baskets))
    return Side(names, strata_vectors(margins), margins.counts.sum(axis=0), int(margins.baskets.sum()))


def _expected_often(vectors: Array, least: float) -> tuple[Array, Array]:
    """Positions left < right of the pairs expected so often."""
    found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    for first in range(0, vectors.shape[1], ITEMS_PER_BLOCK):
        left, right = np.nonzero(vectors[:, first : first + ITEMS_PER_BLOCK].T @ vectors >= least)
        found.append((left[left + first < right] + first, right[left + first < right]))
    lefts, rights = zip(*found, strict=True)
    return np.concatenate(lefts), np.concatenate(rights)


def _met(baskets: DataFrame, labels: list[str], left: Array, right: Array) -> Array:
    """Baskets with both items of each pair."""
    counted = count_pairs(baskets, labels).groupBy("a", "b").agg(F.sum("n").alias("n")).toArrow()
    keys = counted["a"].to_numpy().astype(np.int64) * len(labels) + counted["b"].to_numpy()
    order = np.argsort(keys)
    wanted = left * len(labels) + right
    place = np.minimum(np.searchsorted(keys, wanted, sorter=order), max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros(len(wanted), np.int64)
    found = order[place]
    return np.where(keys[found] == wanted, counted["n"].to_numpy()[found], 0)
