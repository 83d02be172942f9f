"""Itemsets without mining: where all pairs are counted, every larger candidate is counted in one pass.

An itemset is frequent only if each two of its items are. So the sets of items of which all pairs are frequent hold
every frequent itemset and its border, and those in enough baskets are exactly the itemsets that mining finds.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, encode, flat
from basketry.mining.itemsets import Itemsets, shaped
from basketry.mining.pairs import Counted
from basketry.mining.profiles import ITEMSETS_AT_ONCE, WORD
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import smallest_count

# Of more candidates, mining costs less than to count them.
MOST_CANDIDATES = 50_000
Candidates = list[tuple[int, ...]]


def recounted_itemsets(mined: DataFrame, counted: Counted, settings: MiningSettings) -> Itemsets | str:
    """The itemsets of the baskets `mined` by their `counted` pairs, a row each; or why they must be mined."""
    space, least = counted.space, smallest_count(settings, counted.space.n_baskets)
    if least < settings.pair_min_count:
        return f"mining.pair_min_count is above {least} baskets, and rarer pairs are not counted"
    pairs = counted.pairs.where(F.col("n") >= least).select("a", "b", "n").toArrow()
    edges: Candidates = list(zip(pairs["a"].to_pylist(), pairs["b"].to_pylist(), strict=True))
    # One item longer than asked for, as in mining, to know which of the longest are closed and maximal.
    candidates = cliques(edges, settings.max_length + 1, MOST_CANDIDATES)
    if candidates is None:
        return f"more than {MOST_CANDIDATES:,} candidates of three items and more"
    single = np.flatnonzero(space.n >= least)
    every = [*((int(at),) for at in single), *edges, *candidates]
    freq = np.r_[space.n[single].astype(np.int64), pairs["n"].to_numpy(), count_sets(mined, space.labels, candidates)]
    found = {items: n for items, n in zip(every, freq.tolist(), strict=True) if n >= least}
    if len(found) > settings.max_itemsets:
        return f"more than {settings.max_itemsets:,} itemsets (mining.max_itemsets)"
    return shaped(_frame(mined.sparkSession, space.labels, found), space.n_baskets, settings)


def _frame(spark: SparkSession, labels: list[str], found: dict[tuple[int, ...], int]) -> DataFrame:
    # Labels are sorted by name, so positions that ascend are names that do.
    items = pa.array([[labels[at] for at in key] for key in found], pa.list_(pa.string()))
    return spark.createDataFrame(pa.table({"items": items, "freq": pa.array(found.values(), pa.int64())}))


def cliques(edges: Candidates, longest: int, at_most: int) -> Candidates | None:
    """Every set of three to `longest` positions, ascending, of which all pairs are edges; None for more than `at_most`.

    `edges`: pairs a < b.
    """
    above: dict[int, set[int]] = {}
    for left, right in edges:
        above.setdefault(left, set()).add(right)
    found: Candidates = []
    grown = edges
    for _ in range(3, longest + 1):
        larger = []
        for items in grown:
            common = set.intersection(*(above.get(item, set()) for item in items))
            larger += [(*items, other) for other in sorted(common)]
            if len(found) + len(larger) > at_most:
                return None
        found, grown = found + larger, larger
    return found


def count_sets(mined: DataFrame, labels: list[str], itemsets: Candidates) -> Array:
    """The baskets that hold each itemset, of positions in `labels`. A worker holds a bit an item and basket of a batch,
    and 8 bytes an itemset.
    """
    if not itemsets:
        return np.zeros(0, np.int64)
    used = sorted({item for items in itemsets for item in items})
    code = {item: i for i, item in enumerate(used)}
    coded = [tuple(code[item] for item in items) for items in itemsets]
    counter = _counter(coded, len(used))
    parts = encode(mined, [labels[item] for item in used]).mapInArrow(counter, "counts binary").toArrow()
    total = np.zeros(len(itemsets), np.int64)
    for counts in parts["counts"]:
        total += np.frombuffer(counts.as_buffer(), np.int64)
    return total


def _counter(itemsets: Candidates, n_items: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    lengths = np.array([len(items) for items in itemsets])

    def count(batches: Batches) -> Iterator[pa.RecordBatch]:
        total = np.zeros(len(itemsets), np.int64)
        for batch in batches:
            bits = _bits(batch["items"], n_items)
            for length in np.unique(lengths):
                ids = np.flatnonzero(lengths == length)
                table = np.array([itemsets[i] for i in ids], np.int64)
                for first in range(0, len(ids), ITEMSETS_AT_ONCE):
                    some = slice(first, first + ITEMSETS_AT_ONCE)
                    held = np.bitwise_and.reduce(bits[table[some]], axis=1)
                    total[ids[some]] += np.bitwise_count(held).sum(axis=1, dtype=np.int64)
        yield pa.RecordBatch.from_arrays([pa.array([total.tobytes()], pa.binary())], ["counts"])

    return count


def _bits(items: pa.ListArray, n_items: int) -> Array:
    """[items, words]: the baskets of a batch that hold each item, a bit each."""
    rows, codes = flat(items)
    bits = np.zeros((n_items, -(-len(items) // WORD)), np.uint64)
    np.bitwise_or.at(bits, (codes, rows // WORD), np.left_shift(np.uint64(1), (rows % WORD).astype(np.uint64)))
    return bits
