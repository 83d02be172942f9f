"""Items as whole numbers from 0; a basket keeps only the items that have one."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Batches = Iterable[pa.RecordBatch]
Array = np.ndarray[Any, np.dtype[Any]]


def frequent_items(baskets: DataFrame, min_count: int) -> list[str]:
    """Items in at least `min_count` baskets, the most frequent first, ties by name: at most lines / min_count."""
    counted = baskets.select(F.explode("items").alias("item")).groupBy("item").agg(F.count("*").alias("freq"))
    kept = counted.where(F.col("freq") >= min_count).orderBy(F.desc("freq"), "item")
    return [row["item"] for row in kept.collect()]


def encode(baskets: DataFrame, labels: list[str], *keep: str) -> DataFrame:
    """`items` as positions in `labels`, array<int> ascending, beside the columns to keep; empty baskets dropped."""
    others = [f"{f.name} {f.dataType.simpleString()}" for f in baskets.select(*keep).schema]
    coded = baskets.select("items", *keep).mapInArrow(_encoding(labels), ", ".join(["items array<int>", *others]))
    return coded.where(F.size("items") > 0).select(F.array_sort("items").alias("items"), *keep)


def decode(itemsets: DataFrame, labels: list[str]) -> DataFrame:
    """`itemsets` (items, freq) with each code replaced by its item, items sorted by name."""
    named = itemsets.select("items", "freq").mapInArrow(_decoding(labels), "items array<string>, freq bigint")
    return named.select(F.array_sort("items").alias("items"), "freq")


def flat(items: pa.ListArray) -> tuple[Array, Array]:
    """Which list each value is in, from 0 and ascending, and the values of all lists one after the other."""
    rows = pc.list_parent_indices(items).to_numpy(zero_copy_only=False)
    return rows, pc.list_flatten(items).to_numpy(zero_copy_only=False)


def _encoding(labels: list[str]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def encode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        known = pa.array(labels, pa.string())
        for batch in batches:
            rows = pc.list_parent_indices(batch["items"])
            codes = pc.index_in(pc.list_flatten(batch["items"]), value_set=known)
            kept = pc.is_valid(codes)
            items = _lists(pc.filter(codes, kept), pc.filter(rows, kept), len(batch))
            yield pa.RecordBatch.from_arrays([items, *batch.columns[1:]], batch.schema.names)

    return encode_batches


def _lists(values: pa.Array, rows: pa.Array, n_rows: int) -> pa.ListArray:
    """`values` gathered into `n_rows` lists; `rows` says, ascending, to which list each value belongs."""
    starts = np.searchsorted(rows.to_numpy(), np.arange(n_rows + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), values)


def _decoding(labels: list[str]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def decode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        names = pa.array(labels, pa.string())
        for batch in batches:
            items = batch["items"]
            named = pa.ListArray.from_arrays(items.offsets, names.take(items.values))
            yield pa.RecordBatch.from_arrays([named, batch["freq"]], ["items", "freq"])

    return decode_batches
