"""Frequent itemsets by a miner in C (pyfim) inside Spark's tasks: parallel FP-growth (Li et al. 2008).

Items are codes by falling frequency, and an itemset belongs to its rarest item: the largest code. Shard g answers for
the codes c with c % n_shards = g. It is sent of each basket the part up to its last such code, which holds every
itemset that is its own, once a basket; so each shard is mined alone, and what belongs to another is left to it.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.limits import Limits

SCHEMA = "items array<int>, freq bigint"


def native_itemsets(coded: DataFrame, n_shards: int, limits: Limits) -> DataFrame:
    """Itemsets (items, freq) of baskets of ascending codes; a shard of too many gives one itemset of nothing instead.

    Memory of a task: the lines of its shard as Python numbers, some 40 bytes each, and its itemsets.
    """
    mine = _miner(n_shards, limits)
    sent = coded.select(F.explode(_shards("items", n_shards)).alias("part")).select("part.shard", "part.items")
    return sent.groupBy("shard").applyInArrow(mine, SCHEMA)


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
        # Only where this engine is asked for, and only there, pyfim must be installed: on the workers.
        import fim

        # pyfim leaves out an item that is in every basket; an empty basket more, and none is.
        baskets = [*shard["items"].to_pylist(), []]
        asked = {"supp": -limits.min_count, "zmax": limits.max_length}
        # Counted first, which needs no memory: equal baskets of 200 items have billions of itemsets of 5.
        if sum(fim.fpgrowth(baskets, report="#", **asked).values()) > limits.max_itemsets:
            return _table([((), 0)])
        found = fim.fpgrowth(baskets, **asked)
        own = shard["shard"][0].as_py()
        return _table([(items, freq) for items, freq in found if max(items) % n_shards == own])

    return mine


def _table(found: list[tuple[tuple[int, ...], int]]) -> pa.Table:
    ends = np.cumsum([0, *(len(items) for items, _ in found)])
    codes = pa.array([code for items, _ in found for code in items], pa.int32())
    items = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), codes)
    return pa.table({"items": items, "freq": pa.array([freq for _, freq in found], pa.int64())})
