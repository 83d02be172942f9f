"""Counts of now from the counts of then and what came and went between: exactly those of counting anew.

Baskets by stratum, items by stratum and pairs add up. Users of a pair do not: for each user of a signed basket its
pairs are counted in all baskets of that user as they are now; those of then differ by the signs alone. Where the top
user of a pair buys it less often than before, and only there, the pair is counted anew among all users.
"""

from collections.abc import Callable, Iterator
from functools import reduce

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, flat
from basketry.mining.counts import Counts, add_up, by_user, count_pairs, pairs_within, user_codes, whole_users

PAIR = ["a", "b"]
NAMES = ["item_a", "item_b"]
NUMBERS = ["n", "n_users", "n_top_user"]
# `more` and `more_users`: baskets and users of the pair now less those of then; `most`: baskets of now of the user of a
# signed basket who has most, `fell_from`: the most baskets of then of a user who has fewer now.
CHANGE_SCHEMA = "a int, b int, more bigint, more_users bigint, most bigint, fell_from bigint"


def added_items(then: Counts, signed: DataFrame) -> Counts:
    """Strata and items by stratum of now; those that no basket is left of are gone."""
    sizes = F.col("sign") * F.size("items")
    strata = signed.select("stratum", F.col("sign").alias("n_baskets"), sizes.alias("n_lines"))
    items = signed.select("stratum", F.explode("items").alias("item"), F.col("sign").alias("n"))
    return Counts(_sums(then.strata, strata, ["stratum"]), _sums(then.items, items, ["stratum", "item"]))


def _sums(then: DataFrame, change: DataFrame, key: list[str]) -> DataFrame:
    numbers = [name for name in then.columns if name not in key]
    both = then.unionByName(change.select(*key, *(F.col(name).cast("bigint") for name in numbers)))
    return both.groupBy(*key).agg(*(F.sum(name).alias(name) for name in numbers)).where(F.col(numbers[0]) > 0)


def added_pairs(then: DataFrame, signed: DataFrame, mined: DataFrame, labels: list[str], risen: list[str]) -> DataFrame:
    """Pairs (a, b: positions in `labels`, NUMBERS) of the baskets `mined`, from those of `then` (NAMES, NUMBERS).

    `signed`: the baskets that came and went. `risen`: labels that were none then, whose pairs are counted from the
    start. Memory of a worker as for `count_pairs`; it also holds a row a pair of the signed baskets.
    """
    new = sorted(labels.index(label) for label in risen)
    change = _summed(_signed_pairs(signed, mined, labels).where(~_holds(new))).persist()
    # Now, so that Spark knows its size where it chooses how to join.
    change.count()
    known = _coded(then, labels)
    changed = _changed(known.join(change, PAIR, "inner")).persist()
    lost = changed.where("n > 0 AND is_lost").select(*PAIR)
    parts = (
        known.join(change, PAIR, "left_anti"),
        changed.where("n > 0 AND NOT is_lost").select(*PAIR, *NUMBERS),
        _first_seen(change, changed),
        _again(mined, labels, lost),
        _of_risen(mined, labels, new),
    )
    return reduce(DataFrame.unionByName, (part for part in parts if part is not None))


def _coded(then: DataFrame, labels: list[str]) -> DataFrame:
    """Pairs of then by the positions of their items; those of an item that is no label now are left out."""
    places = then.sparkSession.createDataFrame(pa.table({"item": labels, "at": np.arange(len(labels), dtype=np.int32)}))
    for name, place in zip(NAMES, PAIR, strict=True):
        then = then.join(F.broadcast(places.select(F.col("item").alias(name), F.col("at").alias(place))), name, "inner")
    return then.select(*PAIR, *NUMBERS)


def _changed(met: DataFrame) -> DataFrame:
    """Pairs of then beside their change, with the numbers of now; `is_lost`: whose top user must be sought anew."""
    most, fell_from, top = F.col("most"), F.col("fell_from"), F.col("n_top_user")
    return met.select(
        *PAIR,
        (F.col("n") + F.col("more")).alias("n"),
        (F.col("n_users") + F.col("more_users")).alias("n_users"),
        F.greatest(top, most).alias("n_top_user"),
        ((fell_from > 0) & (fell_from == top) & (most < top)).alias("is_lost"),
    )


def _first_seen(change: DataFrame, changed: DataFrame) -> DataFrame:
    """The pairs of the change that then did not have."""
    numbers = [F.col(name).alias(as_) for name, as_ in zip(("more", "more_users", "most"), NUMBERS, strict=True)]
    new = change.where("more > 0").join(changed.select(*PAIR), PAIR, "left_anti")
    return new.select(*PAIR, *numbers)


def _again(mined: DataFrame, labels: list[str], pairs: DataFrame) -> DataFrame | None:
    """These pairs, counted from the start."""
    sides = pairs.select(F.explode(F.array(*PAIR))).distinct().collect()
    if not sides:
        return None
    names = _names(labels, sorted(position for (position,) in sides))
    held = mined.withColumn("items", F.array_intersect("items", names))
    return add_up(count_pairs(held, labels)).join(F.broadcast(pairs), PAIR, "left_semi")


def _of_risen(mined: DataFrame, labels: list[str], new: list[int]) -> DataFrame | None:
    """Pairs with an item that is new among the labels, in all baskets that hold one."""
    if not new:
        return None
    holding = mined.where(F.arrays_overlap("items", _names(labels, new)))
    return add_up(count_pairs(holding, labels)).where(_holds(new))


def _names(labels: list[str], positions: list[int]) -> Column:
    return F.array(*(F.lit(labels[at]) for at in positions))


def _holds(positions: list[int]) -> Column:
    """Whether the pair has one of these labels."""
    return F.col("a").isin(positions) | F.col("b").isin(positions)


def _summed(change: DataFrame) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in ("more", "more_users")]
    return change.groupBy(*PAIR).agg(*sums, *(F.max(name).alias(name) for name in ("most", "fell_from")))


def _signed_pairs(signed: DataFrame, mined: DataFrame, labels: list[str]) -> DataFrame:
    """Rows of CHANGE_SCHEMA of each pair of signed baskets; a pair has one for each block of users."""
    who = F.broadcast(signed.select("user_id").where(F.col("user_id").isNotNull()).distinct())
    held = mined.join(who, "user_id", "left_semi").withColumn("sign", F.lit(0))
    both = signed.unionByName(held.select(*signed.columns))
    return by_user(both, labels, "user_id", "sign").mapInArrow(_counter(len(labels)), CHANGE_SCHEMA)


def _counter(n_items: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def count(batches: Batches) -> Iterator[pa.RecordBatch]:
        for block in whole_users(batches):
            yield _count_block(block, n_items)

    return count


def _count_block(block: pa.Table, n_items: int) -> pa.RecordBatch:
    rows, codes = flat(block["items"].combine_chunks())
    codes, sign, owner = codes.astype(np.int64), block["sign"].to_numpy(), user_codes(block) + 1
    is_signed = sign[rows] != 0
    basket, own = _keys(rows[is_signed], codes[is_signed], owner, n_items)
    keys, at = np.unique(own, return_inverse=True)
    change = np.bincount(at, sign[basket], len(keys)).astype(np.int64)
    # Of the other baskets only what the user has in a signed one can make one of these pairs.
    line = owner[rows] * n_items + codes
    rest = ~is_signed & np.isin(line, line[is_signed])
    now = _occurrences(keys, _keys(rows[rest], codes[rest], owner, n_items)[1])
    return _by_pair(keys % n_items**2, change, now, keys >= n_items**2, n_items)


def _keys(rows: Array, codes: Array, owner: Array, n_items: int) -> tuple[Array, Array]:
    """Of each pair of each basket: the basket, and the pair of its owner as one number."""
    basket, left, right = pairs_within(rows, codes)
    return basket, (owner[basket] * n_items + left) * n_items + right


def _occurrences(keys: Array, found: Array) -> Array:
    """How often each of the ascending keys is among those found."""
    found = found[np.isin(found, keys)]
    return np.bincount(np.searchsorted(keys, found), minlength=len(keys))


def _by_pair(pair: Array, change: Array, now: Array, is_known: Array, n_items: int) -> pa.RecordBatch:
    """Rows of CHANGE_SCHEMA from the numbers of each pair of each owner; those who are not known count for n alone."""
    order = np.argsort(pair, kind="stable")
    pair, change, now, is_known = (values[order] for values in (pair, change, now, is_known))
    then = now - change
    users = ((now > 0).astype(np.int64) - (then > 0)) * is_known
    starts = np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, np.int64)
    totals = [np.add, np.add, np.maximum, np.maximum]
    values = [change, users, now * is_known, then * (then > now) * is_known]
    sums = [by.reduceat(each, starts) if len(starts) else each for by, each in zip(totals, values, strict=True)]
    columns = [pair[starts] // n_items, pair[starts] % n_items, *sums]
    types = [pa.int32(), pa.int32(), *[pa.int64()] * 4]
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, ["a", "b", "more", "more_users", "most", "fell_from"])
