"""Itemsets without mining: where all pairs are counted, every larger candidate is counted in one pass.

An itemset is frequent only if each two of its items are. So the sets of items of which all pairs are frequent hold
every frequent itemset and its border, and those in enough baskets are exactly the itemsets that mining finds.
"""

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.itemsets import Itemsets, shaped
from basketry.mining.pairs import Counted
from basketry.mining.profiles import profile
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import smallest_count

# Of more candidates, mining costs less than to count them.
MOST_CANDIDATES = 50_000
# What a driver holds as tuples in some 150 MB.
MOST_PAIRS = 1_000_000
Candidates = list[tuple[int, ...]]


def recounted_itemsets(mined: DataFrame, counted: Counted, settings: MiningSettings) -> Itemsets | str:
    """The itemsets of the baskets `mined` by their `counted` pairs, a row each; or why they must be mined."""
    space, least = counted.space, smallest_count(settings, counted.space.n_baskets)
    if least < settings.pair_min_count:
        return f"mining.pair_min_count is above {least} baskets, and rarer pairs are not counted"
    frequent = counted.pairs.where(F.col("n") >= least).select("a", "b", "n")
    pairs = frequent.limit(MOST_PAIRS + 1).toArrow()
    if pairs.num_rows > MOST_PAIRS:
        return f"more than {MOST_PAIRS:,} frequent pairs"
    edges: Candidates = list(zip(pairs["a"].to_pylist(), pairs["b"].to_pylist(), strict=True))
    # One item longer than asked for, as in mining, to know which of the longest are closed and maximal.
    candidates = cliques(edges, settings.max_length + 1, MOST_CANDIDATES)
    if candidates is None:
        return f"more than {MOST_CANDIDATES:,} candidates of three items and more"
    single = np.flatnonzero(space.n >= least)
    every = [*((int(at),) for at in single), *edges, *candidates]
    larger = profile(mined, [_named(items, space.labels) for items in candidates]).n.sum(axis=1)
    freq = np.r_[space.n[single], pairs["n"].to_numpy(), larger].astype(np.int64)
    found = {_named(items, space.labels): n for items, n in zip(every, freq.tolist(), strict=True) if n >= least}
    if len(found) > settings.max_itemsets:
        return f"more than {settings.max_itemsets:,} itemsets (mining.max_itemsets)"
    items, counts = pa.array(found.keys(), pa.list_(pa.string())), pa.array(found.values(), pa.int64())
    frame = mined.sparkSession.createDataFrame(pa.table({"items": items, "freq": counts}))
    return shaped(frame, space.n_baskets, settings)


def _named(items: tuple[int, ...], labels: list[str]) -> tuple[str, ...]:
    # Labels are sorted by name, so positions that ascend are names that do.
    return tuple(labels[at] for at in items)


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
