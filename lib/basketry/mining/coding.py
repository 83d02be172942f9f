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


def frequent_items(baskets: DataFrame, min_count: int) -> dict[str, int]:
    """Items in at least `min_count` baskets with how many, most first, ties by name: at most lines / min_count."""
    counted = baskets.select(F.explode("items").alias("item")).groupBy("item").agg(F.count("*").alias("freq"))
    kept = counted.where(F.col("freq") >= min_count).orderBy(F.desc("freq"), "item")
    return {row["item"]: row["freq"] for row in kept.collect()}


def encode(baskets: DataFrame, labels: list[str], *keep: str) -> DataFrame:
    """`items` as positions in `labels`, array<int> ascending, beside the columns to keep; empty baskets dropped."""
    return code(baskets, labels, *keep).where(F.size("items") > 0)


def code(baskets: DataFrame, labels: list[str], *keep: str) -> DataFrame:
    """The same with the baskets that hold none of the labels."""
    others = [f"{f.name} {f.dataType.simpleString()}" for f in baskets.select(*keep).schema]
    coded = baskets.select("items", *keep).mapInArrow(_encoding(labels), ", ".join(["items array<int>", *others]))
    return coded.select(F.array_sort("items").alias("items"), *keep)


def decode(itemsets: DataFrame, labels: list[str], max_length: int, at_most: int) -> DataFrame:
    """`itemsets` (items, freq) of up to `max_length` items, each code replaced by its item, items sorted by name.

    A partition with more than `at_most` itemsets of any length ends in an itemset of nothing.
    """
    decoding = _decoding(labels, max_length, at_most)
    named = itemsets.select("items", "freq").mapInArrow(decoding, "items array<string>, freq bigint")
    return named.select(F.array_sort("items").alias("items"), "freq")


def flat(items: pa.ListArray) -> tuple[Array, Array]:
    """Which list each value is in, from 0 and ascending, and the values of all lists one after the other."""
    rows = pc.list_parent_indices(items).to_numpy(zero_copy_only=False)
    return rows, pc.list_flatten(items).to_numpy(zero_copy_only=False)


def gathered(values: pa.Array, rows: pa.Array, n_rows: int) -> pa.ListArray:
    """`values` gathered into `n_rows` lists; `rows` says, ascending, to which list each value belongs."""
    starts = np.searchsorted(rows.to_numpy(), np.arange(n_rows + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), values)


def _encoding(labels: list[str]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def encode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        known = pa.array(labels, pa.string())
        for batch in batches:
            rows = pc.list_parent_indices(batch["items"])
            codes = pc.index_in(pc.list_flatten(batch["items"]), value_set=known)
            kept = pc.is_valid(codes)
            items = gathered(pc.filter(codes, kept), pc.filter(rows, kept), len(batch))
            yield pa.RecordBatch.from_arrays([items, *batch.columns[1:]], batch.schema.names)

    return encode_batches


def _decoding(labels: list[str], max_length: int, at_most: int) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def decode_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
        names, left = pa.array(labels, pa.string()), at_most
        for batch in batches:
            left -= len(batch)
            kept = batch.filter(pc.less_equal(pc.list_value_length(batch["items"]), max_length))
            rows, codes = flat(kept["items"])
            named = gathered(names.take(pa.array(codes)), pa.array(rows), len(kept))
            yield pa.RecordBatch.from_arrays([named, kept["freq"]], ["items", "freq"])
        if left < 0:
            nothing = pa.array([[]], pa.list_(pa.string()))
            yield pa.RecordBatch.from_arrays([nothing, pa.array([0], pa.int64())], ["items", "freq"])

    return decode_batches
