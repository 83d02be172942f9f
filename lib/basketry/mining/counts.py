"""Counts that add up over batches of baskets, and hold all that both nulls need: strata, items, pairs."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, encode, flat

LINES_PER_BLOCK = 500_000
PAIR_SCHEMA = "a int, b int, n bigint, n_users bigint, n_top_user bigint"


class Counts(NamedTuple):
    """`strata` (stratum, n_baskets, n_lines) and `items` (stratum, item, n), each counted once per basket."""

    strata: DataFrame
    items: DataFrame


def count_items(baskets: DataFrame) -> Counts:
    """Baskets and lines of each stratum, and baskets of each item in each stratum, of baskets at a level."""
    strata = baskets.groupBy("stratum").agg(
        F.count("*").alias("n_baskets"), F.sum(F.size("items").cast("bigint")).alias("n_lines")
    )
    lines = baskets.select("stratum", F.explode("items").alias("item"))
    return Counts(strata, lines.groupBy("stratum", "item").agg(F.count("*").alias("n")))


def count_pairs(baskets: DataFrame, labels: list[str]) -> DataFrame:
    """Baskets, distinct users and baskets of the top user of each pair a < b of positions in `labels` seen together.

    Not yet added up: a pair has a row for each block it was seen in, and `add_up` gives it one. That is exact because
    a user's baskets are all in one block. Memory of a block: 8 bytes a pair of items in
    its baskets, some 64 MB at `LINES_PER_BLOCK` lines of receipts.
    """
    return by_user(baskets, labels, "user_id").mapInArrow(_pair_counter(len(labels)), PAIR_SCHEMA)


def add_up(counted: DataFrame) -> DataFrame:
    """One row a pair, with its baskets, users and baskets of the top user."""
    return counted.groupBy("a", "b").agg(
        F.sum("n").alias("n"), F.sum("n_users").alias("n_users"), F.max("n_top_user").alias("n_top_user")
    )


def by_user(baskets: DataFrame, labels: list[str], *keep: str) -> DataFrame:
    """Coded baskets with all of a user's in one partition, one after the other; `who` names the user, or the basket
    where there is none.
    """
    who = F.coalesce(F.concat(F.lit("u"), "user_id"), F.concat(F.lit("b"), "basket_id"))
    coded = encode(baskets.withColumn("who", who), labels, "who", *keep)
    return coded.repartition("who").sortWithinPartitions("who")


def pairs_within(rows: Array, values: Array) -> tuple[Array, Array, Array]:
    """Every pair of values of the same row as (row, left, right), left before right; rows ascend.

    Rows of equal length are taken together, so the work is a few array operations a length.
    """
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]) if len(rows) else np.empty(0, np.int64)
    lengths = np.diff(np.r_[starts, len(rows)])
    found = [(rows[:0], values[:0], values[:0])]
    for length in np.unique(lengths[lengths > 1]):
        these = starts[lengths == length]
        table = values[these[:, None] + np.arange(length)]
        left, right = np.triu_indices(length, 1)
        found.append((np.repeat(rows[these], len(left)), table[:, left].ravel(), table[:, right].ravel()))
    one, two, three = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return one, two, three


def _pair_counter(n_items: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def count(batches: Batches) -> Iterator[pa.RecordBatch]:
        for block in whole_users(batches):
            yield _count_block(block, n_items)

    return count


def whole_users(batches: Batches) -> Iterator[pa.Table]:
    """Batches sorted by `who`, gathered into tables of some LINES_PER_BLOCK lines that never split a `who`."""
    waiting: list[pa.RecordBatch] = []
    n_lines = 0
    for batch in batches:
        waiting.append(batch)
        n_lines += len(batch["items"].flatten())
        if n_lines >= LINES_PER_BLOCK:
            table = pa.Table.from_batches(waiting)
            who = table["who"].to_numpy()
            cut = int(np.argmax(who == who[-1]))
            if cut:
                yield table.slice(0, cut)
            waiting = table.slice(cut).combine_chunks().to_batches()
            n_lines = sum(len(part["items"].flatten()) for part in waiting)
    if waiting:
        yield pa.Table.from_batches(waiting)


def _count_block(block: pa.Table, n_items: int) -> pa.RecordBatch:
    rows, codes = flat(block["items"].combine_chunks())
    basket, left, right = pairs_within(rows, codes.astype(np.int64))
    pairs, n, n_users, n_top = count_by_user(left * n_items + right, user_codes(block)[basket])
    columns = [pairs // n_items, pairs % n_items, n, n_users, n_top]
    types = [pa.int32(), pa.int32(), pa.int64(), pa.int64(), pa.int64()]
    arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, ["a", "b", "n", "n_users", "n_top_user"])


def count_by_user(keys: Array, users: Array) -> tuple[Array, Array, Array, Array]:
    """The distinct keys ascending, how often each occurs, its distinct users, and how often with its top user.

    A user of -1 is anonymous: it counts for the key, and for no user. One sort of both numbers packed into one.
    """
    base = int(users.max(initial=0)) + 2
    both, n = np.unique(keys.astype(np.int64) * base + users + 1, return_counts=True)
    key, known = both // base, both % base > 0
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.empty(0, np.int64)
    if not len(starts):
        return key, key, key, key
    return (
        key[starts],
        np.add.reduceat(n, starts),
        np.add.reduceat(known.astype(np.int64), starts),
        np.maximum.reduceat(n * known, starts),
    )


def user_codes(block: pa.Table) -> Array:
    """A number for the user of each basket, -1 where there is none."""
    codes = block["user_id"].combine_chunks().dictionary_encode().indices
    return np.asarray(codes.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
