"""Counts of now from the counts of then and what came and went between: exactly those of counting anew.

Baskets by stratum, items by stratum and pairs add up. Users of a pair do not: for each user of a signed basket its
pairs are counted in all baskets of that user as they are now; those of then differ by the signs alone. Where the top
user of a pair buys it less often than before, and only there, the pair is counted anew among all users.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, flat
from basketry.mining.counts import Counts, add_up, by_user, count_pairs, pairs_within, user_codes, whole_users

PAIR = ["a", "b"]
NAMES = ["item_a", "item_b"]
NUMBERS = ["n", "n_users", "n_top_user"]
# `most`: baskets of now of the user of a signed basket who has most, `fell_from`: the most baskets of then of a user
# who has fewer now.
CHANGE_SCHEMA = "a int, b int, n bigint, n_users bigint, most bigint, fell_from bigint"


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
    start. Memory of a worker as for `count_pairs`; of it and of the driver 100 bytes a pair of the signed baskets.
    """
    spark, new = then.sparkSession, sorted(labels.index(label) for label in risen)
    change = _summed(_signed_pairs(signed, mined, labels).where(~_holds(new))).toArrow()
    known, named = _coded(then, labels), F.broadcast(spark.createDataFrame(change.select(PAIR)))
    met = known.join(named, PAIR, "left_semi").toArrow()
    changed, lost = _changed(met, change, len(labels))
    seen = pa.concat_tables([changed, _first_seen(change, met, len(labels))])
    pairs = known.join(named, PAIR, "left_anti").unionByName(spark.createDataFrame(seen))
    for more in (_again(mined, labels, lost), _of_risen(mined, labels, new)):
        pairs = pairs if more is None else pairs.unionByName(more)
    return pairs


def _coded(then: DataFrame, labels: list[str]) -> DataFrame:
    """Pairs of then by the positions of their items; those of an item that is no label now are left out."""
    places = then.sparkSession.createDataFrame(pa.table({"item": labels, "at": np.arange(len(labels), dtype=np.int32)}))
    for name, place in zip(NAMES, PAIR, strict=True):
        then = then.join(F.broadcast(places.select(F.col("item").alias(name), F.col("at").alias(place))), name, "inner")
    return then.select(*PAIR, *NUMBERS)


def _changed(met: pa.Table, change: pa.Table, n_items: int) -> tuple[pa.Table, pa.Table]:
    """The pairs of then that the change names (PAIR, NUMBERS), with their numbers of now; and those (PAIR) whose top
    user must be sought anew. None that no basket is left of.
    """
    keys = _key(change, n_items)
    order = np.argsort(keys)
    at = order[np.searchsorted(keys[order], _key(met, n_items))]
    more = {name: change[name].to_numpy()[at] for name in change.column_names[2:]}
    n, users, top = (met[name].to_numpy() for name in NUMBERS)
    is_left = n + more["n"] > 0
    is_lost = (more["fell_from"] > 0) & (more["fell_from"] == top) & (more["most"] < top)
    numbers = [n + more["n"], users + more["n_users"], np.maximum(top, more["most"])]
    now = pa.table([met["a"], met["b"], *numbers], [*PAIR, *NUMBERS])
    return now.filter(pa.array(is_left & ~is_lost)), now.filter(pa.array(is_left & is_lost)).select(PAIR)


def _first_seen(change: pa.Table, met: pa.Table, n_items: int) -> pa.Table:
    """The pairs of the change that then did not have."""
    is_new = ~np.isin(_key(change, n_items), _key(met, n_items)) & (change["n"].to_numpy() > 0)
    return change.filter(pa.array(is_new)).select([*PAIR, "n", "n_users", "most"]).rename_columns([*PAIR, *NUMBERS])


def _key(pairs: pa.Table, n_items: int) -> Array:
    return np.asarray(pairs["a"].to_numpy().astype(np.int64) * n_items + pairs["b"].to_numpy())


def _of_risen(mined: DataFrame, labels: list[str], new: list[int]) -> DataFrame | None:
    """Pairs with an item that is new among the labels, in all baskets that hold one."""
    if not new:
        return None
    holding = mined.where(F.arrays_overlap("items", _names(labels, new)))
    return add_up(count_pairs(holding, labels)).where(_holds(new))


def _again(mined: DataFrame, labels: list[str], pairs: pa.Table) -> DataFrame | None:
    """These pairs, counted from the start."""
    if not len(pairs):
        return None
    names = _names(labels, np.unique([pairs[side].to_numpy() for side in PAIR]).tolist())
    held = mined.withColumn("items", F.array_intersect("items", names))
    these = F.broadcast(mined.sparkSession.createDataFrame(pairs))
    return add_up(count_pairs(held, labels)).join(these, PAIR, "left_semi")


def _names(labels: list[str], positions: list[int]) -> Column:
    return F.array(*(F.lit(labels[at]) for at in positions))


def _holds(positions: list[int]) -> Column:
    """Whether the pair has one of these labels."""
    return F.col("a").isin(positions) | F.col("b").isin(positions)


def _summed(change: DataFrame) -> DataFrame:
    sums = [F.sum(name).alias(name) for name in ("n", "n_users")]
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
    return pa.RecordBatch.from_arrays(arrays, ["a", "b", "n", "n_users", "most", "fell_from"])
