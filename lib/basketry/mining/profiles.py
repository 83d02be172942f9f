"""Where each itemset is bought: its baskets in every stratum, its users. Counted by bit vectors, added over blocks."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array, Batches, flat
from basketry.mining.counts import by_user, count_by_user, user_codes, whole_users

ITEMSETS_AT_ONCE = 256
WORD = 64
SCHEMA = "id int, stratum int, n bigint, n_users bigint, n_top_user bigint"


class Profiles(NamedTuple):
    """`strata` [S] ascending with their `baskets` [S]; `n` [N, S] baskets of N itemsets; `users`, `top` [N]."""

    strata: Array
    baskets: Array
    n: Array
    users: Array
    top: Array


def profile(baskets: DataFrame, itemsets: list[tuple[str, ...]]) -> Profiles:
    """Baskets, distinct users and baskets of the top user of each itemset.

    On the driver: 8 bytes an itemset and stratum. A worker holds a bit an item and basket of its block.
    """
    labels = sorted({item for items in itemsets for item in items})
    code = {label: i for i, label in enumerate(labels)}
    coded = [tuple(code[item] for item in items) for items in itemsets]
    counted = by_user(baskets, labels, "user_id", "stratum").mapInArrow(_counter(coded, len(labels)), SCHEMA)
    added = counted.groupBy("id", "stratum").agg(
        F.sum("n").alias("n"), F.sum("n_users").alias("n_users"), F.max("n_top_user").alias("n_top_user")
    )
    return _gathered(baskets, added, len(itemsets))


def _gathered(baskets: DataFrame, added: DataFrame, n_itemsets: int) -> Profiles:
    sizes = baskets.groupBy("stratum").count().orderBy("stratum").toArrow()
    strata, rows = sizes["stratum"].to_numpy(), added.toArrow()
    ids = rows["id"].to_numpy()
    n = np.zeros((n_itemsets, len(strata)))
    n[ids, np.searchsorted(strata, rows["stratum"].to_numpy())] = rows["n"].to_numpy()
    users, top = np.zeros(n_itemsets, np.int64), np.zeros(n_itemsets, np.int64)
    np.add.at(users, ids, rows["n_users"].to_numpy())
    np.maximum.at(top, ids, rows["n_top_user"].to_numpy())
    return Profiles(strata, sizes["count"].to_numpy(), n, users, top)


def _counter(itemsets: list[tuple[int, ...]], n_items: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    by_length: dict[int, list[int]] = {}
    for i, items in enumerate(itemsets):
        by_length.setdefault(len(items), []).append(i)

    def count(batches: Batches) -> Iterator[pa.RecordBatch]:
        for block in whole_users(batches):
            bits = _Bits(block, n_items)
            for length, ids in by_length.items():
                table = np.array([itemsets[i] for i in ids], np.int64).reshape(len(ids), length)
                for first in range(0, len(ids), ITEMSETS_AT_ONCE):
                    some = slice(first, first + ITEMSETS_AT_ONCE)
                    yield bits.count(np.array(ids[some]), table[some])

    return count


class _Bits:
    """A block of baskets as one bit vector an item. Strata begin at a word, so a count of words is one of a stratum."""

    def __init__(self, block: pa.Table, n_items: int) -> None:
        stratum = block["stratum"].to_numpy()
        self.strata, sizes = np.unique(stratum, return_counts=True)
        words = -(-sizes // WORD)
        self.starts = np.cumsum(words) - words
        order = np.argsort(stratum, kind="stable")
        within = np.arange(len(stratum)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        place = np.empty(len(stratum), np.int64)
        place[order] = np.repeat(self.starts * WORD, sizes) + within
        self.users = np.full(int(words.sum()) * WORD, -1, np.int64)
        self.users[place] = user_codes(block)
        self.words = np.zeros((n_items, int(words.sum())), np.uint64)
        rows, codes = flat(block["items"].combine_chunks())
        bit = np.left_shift(np.uint64(1), (place[rows] % WORD).astype(np.uint64))
        np.bitwise_or.at(self.words, (codes, place[rows] // WORD), bit)

    def count(self, ids: Array, items: Array) -> pa.RecordBatch:
        """Rows (id, stratum, n) where n > 0; the users of an itemset stand in its first row."""
        held = np.bitwise_and.reduce(self.words[items], axis=1)
        n = np.add.reduceat(np.bitwise_count(held), self.starts, axis=1, dtype=np.int64)
        row, column = np.nonzero(n)
        first = np.r_[True, row[1:] != row[:-1]] if len(row) else np.empty(0, bool)
        at, place = np.nonzero(np.unpackbits(held.view(np.uint8), axis=1, bitorder="little"))
        present, _, n_users, n_top = count_by_user(at, self.users[place])
        users, top = np.zeros((2, len(ids)), np.int64)
        users[present], top[present] = n_users, n_top
        columns = [ids[row], self.strata[column], n[row, column], users[row] * first, top[row] * first]
        types = [pa.int32(), pa.int32(), pa.int64(), pa.int64(), pa.int64()]
        arrays = [pa.array(values, type_) for values, type_ in zip(columns, types, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, ["id", "stratum", "n", "n_users", "n_top_user"])
