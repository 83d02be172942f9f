"""Sequences of three steps and more by MLlib's PrefixSpan (Pei et al. 2004), against each user's visits reordered."""

import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import perm
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.ml.fpm import PrefixSpan
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import SettingsError
from basketry.mining.coding import Array, Batches, frequent_items
from basketry.mining.nulls import CHECKABLE, benjamini_hochberg
from basketry.mining.sequences import upper_tail_of_sum
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import count_at_support
from basketry.mining.visits import blocks, in_order

DRAWS = 20
SUM_SCHEMA = "id int, hits bigint, spread bigint"
SCHEMA = (
    "steps array<string>, n_users bigint, freq bigint, support double, expected double, adjusted_lift double, "
    "p double, q double"
)
Steps = tuple[int, ...]


class Found(NamedTuple):
    """Patterns of distinct items, one a step, sorted; the users with each [P], and all users."""

    steps: list[Steps]
    freq: Array
    n_users: int


class Chance(NamedTuple):
    """The number of users with each pattern [P], were their visits in random order."""

    mean: Array
    variance: Array


def find_patterns(visits: DataFrame, settings: MiningSettings) -> DataFrame:
    """gold.sequence_patterns of visits at a level; key steps. Nothing when `pattern_min_support` is null.

    On the driver and on each worker: the patterns, 100 bytes each.
    """
    labels = sorted(frequent_items(visits, settings.sequence_min_count)) if settings.pattern_min_support else []
    if not labels:
        return visits.sparkSession.createDataFrame([], f"{SCHEMA}, is_significant boolean")
    ordered = in_order(visits, labels).persist()
    found = _found(ordered, settings)
    chance = _chance(ordered, found.steps, len(labels))
    ordered.unpersist()
    named = _named(found, _measured(found, chance, len(labels)), labels)
    shown = visits.sparkSession.createDataFrame(named, SCHEMA)
    return shown.withColumn("is_significant", F.col("q") <= settings.max_q)


def _found(ordered: DataFrame, settings: MiningSettings) -> Found:
    n_users = ordered.select("who").distinct().count()
    by_user = ordered.where(F.size("items") > 0).groupBy("who")
    days = by_user.agg(F.array_sort(F.collect_list(F.struct("day", "items"))).alias("days")).persist()
    min_count = count_at_support(settings.pattern_min_support or 1, n_users)
    found = _frequent(days.select(F.col("days.items").alias("sequence")), min_count, settings)
    single = found.where((F.size("sequence") > 2) & F.forall("sequence", lambda step: F.size(step) == 1))
    flat = single.select(F.flatten("sequence").alias("steps"), "freq")
    rows = flat.where(F.size("steps") == F.size(F.array_distinct("steps"))).collect()
    for used in (days, found):
        used.unpersist()
    ordered_rows = sorted((tuple(row["steps"]), row["freq"]) for row in rows)
    steps, freq = [row[0] for row in ordered_rows], np.array([row[1] for row in ordered_rows], np.int64)
    return Found(steps, freq, n_users)


def _frequent(sequences: DataFrame, min_count: int, settings: MiningSettings) -> DataFrame:
    """Patterns (sequence, freq) of at least `min_count` users, kept in memory.

    Raises SettingsError when there are more than `max_patterns` of any kind: a step may hold several items.
    """
    n_sequences = sequences.count()
    # Just below the wanted count: MLlib rounds minSupport * n up, and a division may land above it.
    support = (min_count - 1e-6) / max(n_sequences, min_count)
    miner = PrefixSpan(minSupport=support, maxPatternLength=settings.pattern_max_length)
    # MLlib finds them one after the other, as they are asked for: a limit ends what would never end.
    found = miner.findFrequentSequentialPatterns(sequences).limit(settings.max_patterns + 1).persist()
    if found.count() > settings.max_patterns:
        found.unpersist()
        raise SettingsError(
            f"mine_rules: more than {settings.max_patterns:,} patterns (mining.max_patterns) are of {min_count:,} of "
            f"{n_sequences:,} users or more, so mining was given up; raise mining.pattern_min_support (now "
            f"{settings.pattern_min_support}) or lower mining.pattern_max_length (now {settings.pattern_max_length})"
        )
    return found


def _chance(ordered: DataFrame, patterns: list[Steps], n_items: int) -> Chance:
    drawn = ordered.mapInArrow(_drawing(patterns, n_items), SUM_SCHEMA).groupBy("id")
    rows = drawn.agg(F.sum("hits").alias("hits"), F.sum("spread").alias("spread")).toArrow()
    sums = np.zeros((2, len(patterns)))
    sums[:, rows["id"].to_numpy()] = rows["hits"].to_numpy(), rows["spread"].to_numpy()
    # Of D draws with h hits, h (D - h) / (D (D - 1)) is the unbiased variance of having it or not.
    return Chance(sums[0] / DRAWS, sums[1] / (DRAWS * (DRAWS - 1)))


def _drawing(patterns: list[Steps], n_items: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    items = sorted({item for steps in patterns for item in steps})
    place = {item: i for i, item in enumerate(items)}
    groups = by_length([tuple(place[item] for item in steps) for steps in patterns])
    ids = np.arange(len(patterns), dtype=np.int32)

    def draw(batches: Batches) -> Iterator[pa.RecordBatch]:
        for visits in blocks(batches, n_items):
            sums = np.zeros((2, len(patterns)), np.int64)
            ends = np.cumsum(np.bincount(visits.user))
            for start, end in pairwise([0, *ends]):
                hits = hits_of(visits.held[start:end, items].toarray() > 0, groups)
                sums += np.stack([hits, hits * (DRAWS - hits)])
            yield pa.RecordBatch.from_arrays([*map(pa.array, (ids, *sums))], ["id", "hits", "spread"])

    return draw


class Group(NamedTuple):
    """Patterns of one length: `ids` [P], and `steps` [P, L] as positions of their items."""

    ids: Array
    steps: Array


def by_length(patterns: list[Steps]) -> list[Group]:
    """The patterns in groups of one length each."""
    lengths = np.array([len(steps) for steps in patterns], np.int64)
    groups = [np.flatnonzero(lengths == length) for length in np.unique(lengths)]
    return [Group(ids, np.array([patterns[i] for i in ids], np.int64)) for ids in groups]


def hits_of(held: Array, groups: list[Group]) -> Array:
    """In how many of DRAWS random orders the visits `held` [k, I] have each pattern.

    The draws follow from the visits themselves, so that no partitioning changes them.
    """
    random = np.random.default_rng(zlib.crc32(np.packbits(held).tobytes()))
    bought: Array = np.asarray(held.any(axis=0))
    able = [Group(g.ids[own], g.steps[own]) for g in groups for own in [bought[g.steps].all(axis=1)]]
    hits = np.zeros(sum(len(g.ids) for g in groups), np.int64)
    for _ in range(DRAWS):
        after = next_visits(held[random.permutation(len(held))])
        for group in able:
            hits[group.ids] += has(after, group.steps)
    return hits


def next_visits(held: Array) -> Array:
    """[k + 2, I]: the first visit from each on that holds the item, k where there is none."""
    k, n_items = held.shape
    when = np.where(held, np.arange(k)[:, None], k)
    return np.vstack([np.minimum.accumulate(when[::-1])[::-1], np.full((2, n_items), k)])


def has(after: Array, steps: Array) -> Array:
    """Whether the visits hold the steps of each pattern [P, L], each in a later visit than the one before."""
    at = np.zeros(len(steps), np.int64)
    for step in steps.T:
        at = after[at, step] + 1
    return np.asarray(at < len(after) - 1)


def _measured(found: Found, chance: Chance, n_items: int) -> dict[str, Array]:
    """The columns of gold.sequence_patterns after `steps`; NaN is null."""
    freq, mean = found.freq, chance.mean
    p = upper_tail_of_sum(freq - mean, chance.variance * (1 + 1 / DRAWS))
    p = np.where(chance.variance >= CHECKABLE, p, np.nan)
    q = np.full(len(p), np.nan)
    for group in by_length(found.steps):
        known = group.ids[~np.isnan(p[group.ids])]
        q[known] = benjamini_hochberg(p[known], float(perm(n_items, group.steps.shape[1]))).of(p[known])
    return {
        "n_users": np.full(len(freq), found.n_users),
        "freq": freq,
        "support": freq / found.n_users,
        "expected": mean,
        "adjusted_lift": np.divide(freq, mean, out=np.full(len(freq), np.nan), where=mean > 0),
        "p": p,
        "q": q,
    }


def _named(found: Found, columns: dict[str, Array], labels: list[str]) -> pa.Table:
    steps = pa.array([[labels[i] for i in pattern] for pattern in found.steps], pa.list_(pa.string()))
    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
    return pa.table([steps, *arrays], ["steps", *columns])
