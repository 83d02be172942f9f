"""Baskets a little other than they were, anew in every pass, so that training sees more of them. Numpy only.

What sequences of purchases are changed by, for sets: items left out and crops (Xie et al. 2022, CL4SRec), and items
replaced by substitutes (Liu et al. 2021, CoSeRec): others of the item's type.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import Change, Ints, Rows
from basketry.errors import ContractError

# The first word of its random streams: those of stream.py have smaller ones.
_AUGMENT = 11
NONE = -1


def augmentation_of(spec: Spec) -> Change:
    """What the settings do to baskets of a pass; nothing by the defaults. No basket is left with fewer than 2 items,
    or with more than it had. Random numbers depend on the place alone.
    """
    settings, types = spec.settings, spec.types
    same_type = None if types is None else SameType(types, spec.counts)

    def change(rows: Rows, place: Sequence[int]) -> Rows:
        rng = np.random.default_rng([_AUGMENT, *place])
        if same_type:
            rows = swapped(rows, settings.swap, same_type, rng)
        if settings.crop:
            rows = cropped(rows, settings.crop, rng)
        return thinned(rows, settings.item_drop, rng) if settings.item_drop else rows

    return change


def thinned(rows: Rows, share: float, rng: np.random.Generator) -> Rows:
    """Without that share of the items, each by itself."""
    return _with(rows, rng.random(len(rows.items)) >= share)


def cropped(rows: Rows, share: float, rng: np.random.Generator) -> Rows:
    """That share of the baskets with some of their items only: which and how many, from 2 to all but one, by chance."""
    n_kept = rng.integers(2, np.maximum(rows.sizes, 3))
    n_kept = np.where(rng.random(len(rows.sizes)) < share, n_kept, rows.sizes)
    place = np.empty(len(rows.items), np.int64)
    place[np.lexsort((rng.random(len(rows.items)), rows.basket))] = np.arange(len(rows.items))
    first = np.cumsum(rows.sizes) - rows.sizes
    return _with(rows, place - first[rows.basket] < n_kept[rows.basket])


def swapped(rows: Rows, share: float, same_type: "SameType", rng: np.random.Generator) -> Rows:
    """That share of the items replaced by others of their type, but where the basket has the one drawn already."""
    at = np.flatnonzero((rng.random(len(rows.items)) < share) & same_type.has_any[rows.items])
    drawn = same_type.draw(rows.items[at], rng)
    n_items, basket = len(same_type.has_any), rows.basket
    names = basket[at] * n_items + drawn
    # Each new item once a basket, too.
    _, once = np.unique(names, return_index=True)
    fresh = once[~np.isin(names[once], basket * n_items + rows.items)]
    items = rows.items.copy()
    items[at[fresh]] = drawn[fresh]
    return replace(rows, items=items)


class SameType:
    """Other items of an item's type, drawn by count. types [items], NONE for none; counts [items].

    has_any [items]: whether there is another of its type.
    """

    def __init__(self, types: Ints, counts: NDArray[np.int64]) -> None:
        self._order = np.argsort(types, kind="stable").astype(np.int32)
        self._counts, self._ends = counts, np.cumsum(counts[self._order])
        ends, of = np.concatenate([[0], self._ends]), types[self._order]
        self._start, self._before = ends[np.searchsorted(of, types)], np.empty(len(types), np.int64)
        self._before[self._order] = ends[:-1]
        self._room = ends[np.searchsorted(of, types, side="right")] - self._start - counts
        self.has_any = (types != NONE) & (self._room > 0)

    def draw(self, items: Ints, rng: np.random.Generator) -> Ints:
        """[n] another item for each of items [n], which all have any."""
        at = self._start[items] + rng.integers(0, self._room[items])
        # The item's own count lies within those of its type, and is stepped over.
        at += np.where(at >= self._before[items], self._counts[items], 0)
        drawn: Ints = self._order[np.searchsorted(self._ends, at, side="right")]
        return drawn


def types_of(items: pa.Table, trained: Sequence[str]) -> Ints:
    """[trained items] number of the type of each, by item_id and type of silver.items; NONE for one without.

    Raises ContractError when no two of them share a type.
    """
    types = items.column("type").to_pylist() if "type" in items.column_names else [None] * items.num_rows
    type_of = dict(zip(items.column("item_id").to_pylist(), types, strict=True))
    number: dict[str, int] = {}
    named = (type_of.get(item) for item in trained)
    found = np.array([number.setdefault(name, len(number)) if name else NONE for name in named], np.int32)
    if np.bincount(found[found != NONE], minlength=1).max() < 2:
        raise ContractError(
            "silver.items: no two items in enough baskets share a type; give a product table, or set embeddings.swap=0"
        )
    return found


def _with(rows: Rows, is_kept: NDArray[np.bool_]) -> Rows:
    """Only the items that are kept; a basket that would keep fewer than 2 stays whole."""
    few = np.bincount(rows.basket, is_kept, len(rows.sizes)) < 2
    is_kept = is_kept | few[rows.basket]
    sizes = np.bincount(rows.basket[is_kept], minlength=len(rows.sizes))
    return replace(rows, items=rows.items[is_kept], sizes=sizes.astype(rows.sizes.dtype))
