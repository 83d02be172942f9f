"""Baskets without what no itemset of two or more can hold (transaction trimming; Park, Chen & Yu 1995).

An item of a frequent itemset has, in each basket of that itemset, a partner it is frequently bought with. Items with no
such partner in their basket are left out, so itemsets of two and more keep their counts. Pairs are counted by bucket:
of many items some share one, and then a few lines too many stay.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from basketry.mining.coding import Array, Batches, flat, gathered
from basketry.mining.counts import pairs_within

# A count of all buckets is moved in parts, each added up by itself.
N_PARTS = 64
PAIRS_AT_ONCE = 5_000_000


class Trimming(NamedTuple):
    """Codes are below `n_items`; a pair is frequent in `min_count` baskets.

    Memory of a task: 8 bytes a bucket. A basket of more than `largest` items, 2 million pairs, stays whole and counts
    for every pair there is.
    """

    n_items: int
    min_count: int
    n_buckets: int = 2**22
    largest: int = 2000

    def bucket(self, left: Array, right: Array) -> Array:
        """The place of pair left < right in the list of all pairs, over the number of buckets."""
        return np.asarray((left * (2 * self.n_items - left - 1) // 2 + right - left - 1) % self.n_buckets)


def trim(coded: DataFrame, trimming: Trimming) -> DataFrame:
    """Baskets `items` (array<int>, ascending codes) of what is left; those left with nothing are dropped."""
    frequent = _frequent(coded, trimming)
    return coded.select("items").mapInArrow(_trimmer(frequent, trimming), "items array<int>")


def _frequent(coded: DataFrame, trimming: Trimming) -> Array:
    """Whether the pairs of a bucket are in `min_count` baskets together [n_buckets]."""
    counted = coded.select("items").mapInArrow(_counter(trimming), "part int, counts binary")
    added = counted.groupBy("part").applyInArrow(_adder(trimming), "part int, counts binary").toArrow()
    frequent = np.zeros((N_PARTS, trimming.n_buckets // N_PARTS), bool)
    for part, counts in zip(*added.columns, strict=True):
        frequent[part.as_py()] = np.frombuffer(counts.as_buffer(), bool)
    return frequent.ravel()


def _counter(trimming: Trimming) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def count(batches: Batches) -> Iterator[pa.RecordBatch]:
        counts, n_whole = np.zeros(trimming.n_buckets, np.int64), 0
        for rows, codes, is_small in _blocks(batches, trimming.largest):
            _, left, right = pairs_within(rows[is_small], codes[is_small])
            counts += np.bincount(trimming.bucket(left, right), minlength=trimming.n_buckets)
            n_whole += len(np.unique(rows[~is_small]))
        # Who has enough needs to say no more, and so each count fits 32 bits.
        counts = np.minimum(counts + n_whole, trimming.min_count).astype(np.int32)
        if counts.any():
            yield _parts(range(N_PARTS), counts.reshape(N_PARTS, -1))

    return count


def _adder(trimming: Trimming) -> Callable[[pa.Table], pa.Table]:
    def add(counted: pa.Table) -> pa.Table:
        total = np.zeros(trimming.n_buckets // N_PARTS, np.int64)
        for counts in counted["counts"]:
            total += np.frombuffer(counts.as_buffer(), np.int32)
        return pa.Table.from_batches([_parts([counted["part"][0].as_py()], [total >= trimming.min_count])])

    return add


def _trimmer(frequent: Array, trimming: Trimming) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def trim_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        for rows, codes, is_small in _blocks(batches, trimming.largest):
            at = np.flatnonzero(is_small)
            _, left, right = pairs_within(rows[at], at)
            together = frequent[trimming.bucket(codes[left], codes[right])]
            kept = ~is_small
            kept[left[together]] = kept[right[together]] = True
            baskets, row = np.unique(rows[kept], return_inverse=True)
            items = gathered(pa.array(codes[kept], pa.int32()), pa.array(row), len(baskets))
            yield pa.RecordBatch.from_arrays([items], ["items"])

    return trim_batches


def _blocks(batches: Batches, largest: int) -> Iterator[tuple[Array, Array, Array]]:
    """Lines as (basket, code, whether its basket is small enough to count its pairs), some PAIRS_AT_ONCE at a time."""
    for batch in batches:
        lengths = pc.list_value_length(batch["items"]).to_numpy().astype(np.int64)
        block = np.cumsum(np.where(lengths <= largest, lengths * (lengths - 1) // 2, 0)) // PAIRS_AT_ONCE
        for number in np.unique(block):
            start, end = np.searchsorted(block, (number, number + 1))
            rows, codes = flat(batch["items"].slice(start, end - start))
            yield rows, codes.astype(np.int64), lengths[start:end][rows] <= largest


def _parts(numbers: range | list[int], counts: Array | list[Array]) -> pa.RecordBatch:
    held = pa.array([part.tobytes() for part in counts], pa.binary())
    return pa.RecordBatch.from_arrays([pa.array(numbers, pa.int32()), held], ["part", "counts"])
