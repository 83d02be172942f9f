"""The trained table as rows: vectors, nearest neighbours, training log."""

from typing import Any

import faiss
import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from basketry.embeddings.pairs.answers import PairHead, parameters_named
from basketry.embeddings.precision import to_half, to_int8
from basketry.tables import (
    ITEM_EMBEDDINGS,
    ITEM_EMBEDDINGS_HALF,
    ITEM_EMBEDDINGS_INT8,
    ITEM_NEIGHBOURS,
    PAIR_HEAD,
    PAIR_VECTORS,
    Table,
)


def embeddings_frame(spark: SparkSession, items: list[str], cold: list[str], table: np.ndarray) -> DataFrame:
    """gold.item_embeddings; key item_id. The table has the rows of `items` first, then those of `cold` ones."""
    dim = (table.shape[1] - 1) // 2
    columns = {
        "item_id": pa.array([*items, *cold]),
        "vector_in": _vectors(table[:, :dim]),
        "vector_out": _vectors(table[:, dim:-1]),
        "bias": pa.array(table[:, -1].astype(np.float64)),
        "is_cold": pa.array(np.arange(len(table)) >= len(items)),
    }
    return _frame(spark, ITEM_EMBEDDINGS, pa.table(columns))


def half_frame(spark: SparkSession, items: list[str], table: np.ndarray) -> DataFrame:
    """gold.item_embeddings_half; key item_id."""
    dim = (table.shape[1] - 1) // 2
    columns = {
        "item_id": pa.array(items),
        "vector_in": _bytes(to_half(table[:, :dim])),
        "vector_out": _bytes(to_half(table[:, dim:-1])),
        "bias": pa.array(table[:, -1].astype(np.float64)),
    }
    return _frame(spark, ITEM_EMBEDDINGS_HALF, pa.table(columns))


def int8_frame(spark: SparkSession, items: list[str], table: np.ndarray) -> DataFrame:
    """gold.item_embeddings_int8; key item_id."""
    dim = (table.shape[1] - 1) // 2
    columns = {"item_id": pa.array(items), "bias": pa.array(table[:, -1].astype(np.float64))}
    for side, vectors in (("in", table[:, :dim]), ("out", table[:, dim:-1])):
        numbers, scales = to_int8(vectors)
        columns |= {f"numbers_{side}": _vectors(numbers), f"scale_{side}": pa.array(scales.astype(np.float64))}
    return _frame(spark, ITEM_EMBEDDINGS_INT8, pa.table(columns))


def neighbours_frame(spark: SparkSession, items: list[str], cold: list[str], table: np.ndarray, n: int) -> DataFrame:
    """gold.item_neighbours; key item_id, position: the `n` nearest other items that are not cold, by cosine of
    vector_in, exact.
    """
    found, similarity = nearest(table[:, : (table.shape[1] - 1) // 2], n, among=len(items))
    names = np.array([*items, *cold], dtype=object)
    width = found.shape[1]
    columns = {
        "item_id": pa.array(np.repeat(names, width)),
        "position": pa.array(np.tile(np.arange(1, width + 1, dtype=np.int32), len(names))),
        "neighbour_item_id": pa.array(names[found.ravel()]),
        "similarity": pa.array(similarity.ravel().astype(np.float64)),
    }
    return _frame(spark, ITEM_NEIGHBOURS, pa.table(columns))


def pair_frames(spark: SparkSession, head: PairHead | None) -> tuple[DataFrame, DataFrame]:
    """gold.pair_vectors, key item_id, and gold.pair_head, key name; no rows without a head."""
    if head is None:
        return rows_frame(spark, [], PAIR_VECTORS), rows_frame(spark, [], PAIR_HEAD)
    columns = {
        "item_id": pa.array(head.items),
        "vector": _vectors(head.rows[:, :-1]),
        "bias": pa.array(head.rows[:, -1].astype(np.float64)),
    }
    network = [
        {"name": name, "shape": list(numbers.shape), "numbers": numbers.ravel().tolist()}
        for name, numbers in parameters_named(head).items()
    ]
    return _frame(spark, PAIR_VECTORS, pa.table(columns)), rows_frame(spark, network, PAIR_HEAD)


def nearest(vectors: np.ndarray, n: int, among: int) -> tuple[np.ndarray, np.ndarray]:
    """(indexes, cosines) [n_items, min(n, among - 1)] of the nearest other rows of the first `among`, equal ones by
    index. By brute force: for the items of a shop faster than to build an index that would only nearly find them.

    Of more equal ones than there is room for, faiss chooses, always the same.
    """
    unit = np.ascontiguousarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
    index = faiss.IndexFlatIP(unit.shape[1])
    index.add(unit[:among])
    width = min(n, among - 1)
    cosines, found = index.search(unit, width + 1)
    # The item itself sorts last and is cut; it is not always first, since an equal vector may stand before it.
    own = found == np.arange(len(unit))[:, None]
    order = np.lexsort((found, -cosines, own), axis=1)[:, :width]
    return np.take_along_axis(found, order, 1), np.clip(np.take_along_axis(cosines, order, 1), -1, 1)


def rows_frame(spark: SparkSession, rows: list[dict[str, Any]], table: Table) -> DataFrame:
    """What `table`, gold.vector_moves, gold.pair_head or a log of the training, keeps of the rows."""
    return spark.createDataFrame([tuple(row[c] for c in table.column_names) for row in rows], table.schema)


def _bytes(rows: np.ndarray) -> pa.Array:
    """The memory of each row."""
    return pa.array([row.tobytes() for row in np.ascontiguousarray(rows)], pa.binary())


def _vectors(rows: np.ndarray) -> pa.Array:
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, np.ascontiguousarray(rows).ravel())


def _frame(spark: SparkSession, declared: Table, rows: pa.Table) -> DataFrame:
    return spark.createDataFrame(rows.select(declared.column_names), declared.schema)
