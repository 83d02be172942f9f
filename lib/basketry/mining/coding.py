"""Items as whole numbers from 0, the most frequent first; items below a count are dropped."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Batches = Iterable[pa.RecordBatch]


class Coded(NamedTuple):
    """`baskets` holds one column `items`, array<int> ascending, no basket empty; `labels[code]` is the item."""

    baskets: DataFrame
    labels: list[str]


def encode(baskets: DataFrame, min_count: int) -> Coded:
    """Baskets of integer items, only those in at least `min_count` baskets; ties in frequency by name.

    The labels are collected: there are at most lines / min_count of them.
    """
    items = baskets.select(F.explode("items").alias("item")).groupBy("item").agg(F.count("*").alias("freq"))
    kept = items.where(F.col("freq") >= min_count).orderBy(F.desc("freq"), "item").collect()
    labels = [row["item"] for row in kept]
    coded = baskets.select("items").mapInArrow(_encoding(labels), "items array<int>")
    return Coded(coded.where(F.size("items") > 0).select(F.array_sort("items").alias("items")), labels)


def decode(itemsets: DataFrame, labels: list[str]) -> DataFrame:
    """`itemsets` (items, freq) with each code replaced by its item, items sorted by name."""
    named = itemsets.select("items", "freq").mapInArrow(_decoding(labels), "items array<string>, freq bigint")
    return named.select(F.array_sort("items").alias("items"), "freq")


def _encoding(labels: list[str]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def encode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        known = pa.array(labels, pa.string())
        for batch in batches:
            rows = pc.list_parent_indices(batch["items"])
            codes = pc.index_in(pc.list_flatten(batch["items"]), value_set=known)
            kept = pc.is_valid(codes)
            yield _lists(pc.filter(codes, kept), pc.filter(rows, kept), len(batch))

    return encode_batches


def _lists(values: pa.Array, rows: pa.Array, n_rows: int) -> pa.RecordBatch:
    """`values` gathered into `n_rows` lists; `rows` says, ascending, to which list each value belongs."""
    starts = np.searchsorted(rows.to_numpy(), np.arange(n_rows + 1))
    return pa.RecordBatch.from_arrays([pa.ListArray.from_arrays(pa.array(starts, pa.int32()), values)], ["items"])


def _decoding(labels: list[str]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def decode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        names = pa.array(labels, pa.string())
        for batch in batches:
            items = batch["items"]
            named = pa.ListArray.from_arrays(items.offsets, names.take(items.values))
            yield pa.RecordBatch.from_arrays([named, batch["freq"]], ["items", "freq"])

    return decode_batches
