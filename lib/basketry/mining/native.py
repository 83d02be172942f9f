"""Frequent itemsets by a miner in C (pyfim) inside Spark's tasks: parallel FP-growth (Li et al. 2008).

Items are codes by falling frequency, and an itemset belongs to its rarest item: the largest code. Shard g answers for
the codes c with c % n_shards = g. It is sent of each basket the part up to its last such code, which holds every
itemset that is its own, once a basket; so each shard is mined alone, and what belongs to another is left to it.

Baskets that fit one shard skip all that: one task codes their items by itself and mines them.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import comb
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, flat
from basketry.mining.limits import Limits
from basketry.mining.packed import PACKED, pack, unpack

SCHEMA = "items array<int>, freq bigint"
Found = list[tuple[tuple[int, ...], int]]
Baskets = Counter[tuple[int, ...]]


def native_itemsets(coded: DataFrame, n_shards: int, limits: Limits) -> DataFrame:
    """Itemsets (items, freq) of baskets of ascending codes; a shard of too many gives one itemset of nothing instead.

    Memory of a task: the lines of its shard, some 20 bytes each, its different baskets, and its itemsets.
    """
    mine = _miner(n_shards, limits)
    sent = coded.select(F.explode(_shards("items", n_shards)).alias("part")).select("part.shard", "part.items")
    return sent.groupBy("shard").applyInArrow(mine, SCHEMA)


def native_itemsets_of_few(baskets: DataFrame, limits: Limits) -> DataFrame:
    """Itemsets (items sorted by name, freq) of baskets of names, in one task; of too many, one itemset of nothing.

    Memory of the task: 12 bytes a line, the frequent items of each different basket as Python numbers, the itemsets.
    """
    packed = baskets.select("items").mapInArrow(pack, PACKED).repartition(1)
    mined = packed.mapInArrow(_miner_of_few(limits), "items array<string>, freq bigint")
    return mined.select(F.array_sort("items").alias("items"), "freq")


def _shards(items: str, n_shards: int) -> Column:
    """For each shard with a code in the basket: the shard, and the basket up to the last of them."""

    def part(shard: Column) -> Column:
        own = F.filter(items, lambda code: code % n_shards == shard)
        last = F.element_at(own, -1)
        return F.struct(shard.alias("shard"), F.filter(items, lambda code: code <= last).alias("items"))

    held = F.array_distinct(F.transform(items, lambda code: code % n_shards))
    return F.transform(held, part)


def _miner(n_shards: int, limits: Limits) -> Callable[[pa.Table], pa.Table]:
    def mine(shard: pa.Table) -> pa.Table:
        items = shard["items"].combine_chunks()
        _, codes = flat(items)
        found = _mined(_different(codes, pc.list_value_length(items).to_numpy()), limits)
        own = shard["shard"][0].as_py()
        return _table([(items, freq) for items, freq in found if not items or max(items) % n_shards == own])

    return mine


def _miner_of_few(limits: Limits) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def mine(batches: Batches) -> Iterator[pa.RecordBatch]:
        names, codes, lengths = unpack(batches)
        # Infrequent items are most lines of a shop, and in no itemset.
        kept = np.bincount(codes, minlength=len(names))[codes] >= limits.min_count
        left = np.bincount(np.repeat(np.arange(len(lengths)), lengths)[kept], minlength=len(lengths))
        found = _table(_mined(_different(codes[kept], left), limits))
        coded = found["items"].combine_chunks()
        named = pa.ListArray.from_arrays(coded.offsets, names.take(coded.values))
        yield pa.RecordBatch.from_arrays([named, found["freq"].combine_chunks()], ["items", "freq"])

    return mine


def _different(codes: Array, lengths: Array) -> Baskets:
    """How often each basket is there. `codes` are the lines of all, `lengths` how many each basket has."""
    # A line shares the number of its item. Nothing here is garbage, and looking for it would be most of the work.
    gc.disable()
    try:
        shared = np.array(range(int(codes.max(initial=-1)) + 1), dtype=object)
        lines, ends = shared[codes].tolist(), np.r_[0, np.cumsum(lengths)].tolist()
        return Counter(tuple(lines[start:end]) for start, end in pairwise(ends))
    finally:
        gc.enable()


def _mined(baskets: Baskets, limits: Limits) -> Found:
    """Itemsets of baskets of codes, or one of nothing where there are too many."""
    # Only where this engine is asked for, and only there, pyfim must be installed: on the workers.
    import fim

    # pyfim leaves out an item that is in every basket; an empty basket more, and none is.
    baskets[()] += 1
    asked = {"supp": -limits.min_count, "zmax": limits.max_length}
    # Counting needs no memory: equal baskets of 200 items have billions of itemsets of 5. Where sizes alone rule out
    # twice what is allowed, listing is safe and tells the count as well.
    counted = _at_most(baskets, limits) > 2 * limits.max_itemsets
    if counted and sum(fim.fpgrowth(baskets, report="#", **asked).values()) > limits.max_itemsets:
        return [((), 0)]
    found = cast(Found, fim.fpgrowth(baskets, **asked))
    return found if len(found) <= limits.max_itemsets else [((), 0)]


def _at_most(baskets: Baskets, limits: Limits) -> int:
    """No more itemsets than this can be frequent: each takes `min_count` of the subsets that the baskets have."""
    sizes: Counter[int] = Counter()
    for basket, n in baskets.items():
        sizes[len(basket)] += n
    subsets = (n * sum(comb(size, k) for k in range(1, limits.max_length + 1)) for size, n in sizes.items())
    return sum(subsets) // limits.min_count


def _table(found: Found) -> pa.Table:
    ends = np.cumsum([0, *(len(items) for items, _ in found)])
    codes = pa.array([code for items, _ in found for code in items], pa.int32())
    items = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), codes)
    return pa.table({"items": items, "freq": pa.array([freq for _, freq in found], pa.int64())})
