"""Receipts shuffled so that only chance is left: each item keeps its count and each basket its size, exactly.

Global curveball trades (Carstens, Berger & Strona 2018, after Strona et al. 2014): every round pairs all baskets at
random; two baskets keep what both hold and deal the rest between them anew.
"""

from typing import NamedTuple

import numpy as np

from basketry.mining.coding import Array

ROUNDS_BETWEEN_LOOKS = 10
MOST_ROUNDS = 2_000
# Mixed when, twice in a row, less than this part of the lines still at home went on leaving.
STILL_LEAVING = 0.01


class Shuffled(NamedTuple):
    """`items` [lines], beside the rows they were shuffled in; `kept` the share of lines that are where they were."""

    items: Array
    kept: float
    is_mixed: bool


def shuffle(rows: Array, items: Array, random: np.random.Generator) -> Shuffled:
    """Trades until the share of lines kept stops falling, in all baskets and in the largest ones alone.

    `rows` [lines] ascend from 0 and name a line's basket; no basket holds an item twice. Large baskets mix last, so
    the tenth of the lines that is in the largest baskets must come to rest too.
    """
    home = np.sort(_key(rows, items))
    sizes = np.bincount(rows)
    large = sizes[rows] >= np.sort(sizes[rows])[int(len(rows) * 0.9)] if len(rows) else np.empty(0, bool)
    last, at_rest = np.ones(2), 0
    for _ in range(MOST_ROUNDS // ROUNDS_BETWEEN_LOOKS):
        for _ in range(ROUNDS_BETWEEN_LOOKS):
            items = trade(rows, items, random)
        stayed = np.isin(_key(rows, items), home, assume_unique=True)
        kept = np.array([stayed.mean(), stayed[large].mean()]) if len(rows) else np.zeros(2)
        at_rest = at_rest + 1 if (last - kept <= STILL_LEAVING * last).all() else 0
        if at_rest == 2:
            return Shuffled(items, float(kept[0]), True)
        last = kept
    return Shuffled(items, float(last[0]), False)


def trade(rows: Array, items: Array, random: np.random.Generator) -> Array:
    """One round: `items` after every basket has traded with one other; with an odd number one sits out."""
    n_baskets = int(rows.max(initial=-1)) + 1
    pair = (random.permutation(n_baskets) // 2)[rows]
    order = np.argsort(pair * (int(items.max(initial=0)) + 1) + items)
    line_pair, line_item = pair[order], items[order]
    same = (line_pair[1:] == line_pair[:-1]) & (line_item[1:] == line_item[:-1])
    alone = ~(np.r_[same, False] | np.r_[False, same])
    places, pairs = order[alone], line_pair[alone]
    # Both orders go by pair, so each pair's places get its own items; an item only one of them holds repeats nowhere.
    dealt = items.copy()
    dealt[places] = items[places[np.argsort(pairs + random.random(len(pairs)))]]
    return dealt


def _key(rows: Array, items: Array) -> Array:
    return np.asarray(rows.astype(np.int64) * (int(items.max(initial=0)) + 1) + items)
