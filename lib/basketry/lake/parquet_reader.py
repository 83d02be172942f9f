"""Parquet rows as text, so that a column whose type drifts from file to file needs no special care."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from basketry.lake.records import BLANK, UnreadableFileError

ROWS = 20_000


def open_parquet(source: Any) -> pq.ParquetFile:
    """Raises UnreadableFileError when the file is damaged."""
    try:
        return pq.ParquetFile(source, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFileError("damaged_parquet") from error


def read_parquet(parquet: pq.ParquetFile) -> Iterator[list[pa.Array]]:
    """values, raw and fault of every row, block by block. A row of nulls is blank; there is no raw text."""
    for batch in parquet.iter_batches(batch_size=ROWS):
        columns = [as_text(column) for column in batch.columns]
        blank = _all_null(columns, batch.num_rows)
        faults = pa.array([BLANK if is_blank else None for is_blank in blank], pa.string())
        yield [_row_major(columns, blank), pa.nulls(batch.num_rows, pa.string()), faults]


def as_text(column: pa.Array) -> pa.Array:
    """The column as strings: times in ISO form, whole floats without `.0`, NaN as null, nested values as they print."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        return _floats(column.cast(pa.float64()))
    if pa.types.is_timestamp(kind):
        return _times(column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else _plain(v) for v in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _times(column: pa.Array) -> pa.Array:
    zone = "UTC" if column.type.tz else None
    micros = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.timestamp("us", tz=zone))
    shown = pc.strftime(micros, format="%Y-%m-%dT%H:%M:%S")
    return pc.binary_join_element_wise(shown, "Z", "") if zone else shown


def _floats(column: pa.Array) -> pa.Array:
    known = pc.if_else(pc.is_nan(column), None, column)
    whole = pc.and_(pc.equal(known, pc.trunc(known)), pc.less(pc.abs(known), 1e15))
    integers = pc.if_else(whole, known, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, known.cast(pa.string()))


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _all_null(columns: list[pa.Array], n_rows: int) -> np.ndarray[Any, Any]:
    blank = np.ones(n_rows, dtype=bool)
    for column in columns:
        if not blank.any():
            break
        blank &= column.is_null().to_numpy(zero_copy_only=False)
    return blank


def _row_major(columns: list[pa.Array], blank: np.ndarray[Any, Any]) -> pa.Array:
    """One list a row from columns of equal length; null where the row is blank."""
    n_rows, n = len(blank), len(columns)
    every = pa.concat_arrays(columns) if columns else pa.array([], pa.string())
    order = np.arange(n_rows * n, dtype=np.int64).reshape(n, n_rows).T.ravel()
    offsets = pa.array(np.arange(n_rows + 1, dtype=np.int32) * n)
    mask = pa.array(blank) if blank.any() else None
    return pa.ListArray.from_arrays(offsets, every.take(pa.array(order)), mask=mask)
