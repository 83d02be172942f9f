"""Baskets as a few long rows of bytes, which Spark moves without a look at each line."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from basketry.mining.coding import Array, Batches

PACKED = "names array<string>, codes binary, lengths binary"
LINES_PER_ROW = 1_000_000


def pack(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Rows of PACKED: different names, each line as a position in them, the lines of each basket (both int32)."""
    waiting: list[pa.ListArray] = []
    n_lines = 0
    for batch in batches:
        waiting.append(batch["items"])
        n_lines += len(pc.list_flatten(batch["items"]))
        if n_lines >= LINES_PER_ROW:
            yield _row(waiting)
            waiting, n_lines = [], 0
    if waiting:
        yield _row(waiting)


def unpack(batches: Batches) -> tuple[pa.Array, Array, Array]:
    """Names, the lines of all rows as positions in them, and the lines of each basket."""
    rows = pa.Table.from_batches(batches, SCHEMA)
    names = pc.unique(pc.list_flatten(rows["names"]))
    codes, lengths = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for own, lines, sizes in zip(*rows.columns, strict=True):
        codes.append(pc.index_in(own.values, value_set=names).to_numpy()[_numbers(lines)])
        lengths.append(_numbers(sizes))
    return names, np.concatenate(codes), np.concatenate(lengths)


def _row(baskets: list[pa.ListArray]) -> pa.RecordBatch:
    whole = pa.concat_arrays(baskets)
    lines = pc.list_flatten(whole).dictionary_encode(null_encoding="encode")
    lengths = pc.list_value_length(whole).fill_null(0).cast(pa.int32())
    values = [lines.dictionary], [lines.indices.to_numpy().tobytes()], [lengths.to_numpy().tobytes()]
    arrays = [pa.array(value, field.type) for value, field in zip(values, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, SCHEMA.names)


def _numbers(packed: pa.BinaryScalar) -> Array:
    return np.frombuffer(packed.as_buffer(), np.int32)


SCHEMA = pa.schema({"names": pa.list_(pa.string()), "codes": pa.binary(), "lengths": pa.binary()})
