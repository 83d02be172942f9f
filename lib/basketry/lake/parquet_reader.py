"""Parquet rows as text, so that a column whose type drifts from file to file needs no special care."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from basketry.lake.records import BLANK, TOO_LONG, UnreadableFileError

ROWS = 20_000
BYTES_AT_ONCE = 64 << 20


def open_parquet(source: Any) -> pq.ParquetFile:
    """Raises UnreadableFileError when the file is damaged."""
    try:
        return pq.ParquetFile(source, page_checksum_verification=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableFileError("damaged_parquet") from error


def read_parquet(parquet: pq.ParquetFile, max_chars: int) -> Iterator[list[pa.Array]]:
    """values, raw and fault of every row, block by block. Raises UnreadableFileError for a damaged page."""
    batches = parquet.iter_batches(batch_size=_rows_at_once(parquet.metadata))
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFileError("damaged_parquet") from error
        if batch is None:
            return
        yield as_records(batch.columns, batch.num_rows, max_chars)


def as_records(columns: list[pa.Array], n_rows: int, max_chars: int) -> list[pa.Array]:
    """values, raw and fault of rows. One of nulls is blank, one with a value of `max_chars` or more too_long; there is
    no raw text but for the latter's place.
    """
    texts = [as_text(column) for column in columns]
    blank, long = _all_null(texts, n_rows), _any_long(texts, n_rows, max_chars)
    none = pa.scalar(None, pa.string())
    faults = pc.if_else(pa.array(long), TOO_LONG, pc.if_else(pa.array(blank), BLANK, none))
    raws = pc.if_else(pa.array(long), f"a row with a value of {max_chars} characters or more", none)
    return [_row_major(texts, blank | long), raws, faults]


def _rows_at_once(found: pq.FileMetaData) -> int:
    """As many rows as are some 64 MB when unpacked, at most ROWS."""
    groups = [found.row_group(n) for n in range(found.num_row_groups)]
    widest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1)
    return max(1, min(ROWS, int(BYTES_AT_ONCE / max(1, widest))))


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


def _any_long(columns: list[pa.Array], n_rows: int, max_chars: int) -> np.ndarray[Any, Any]:
    long = np.zeros(n_rows, dtype=bool)
    for column in columns:
        lengths = pc.binary_length(column)
        if (pc.max(lengths).as_py() or 0) >= max_chars:
            long |= pc.fill_null(pc.greater_equal(lengths, max_chars), False).to_numpy(zero_copy_only=False)
    return long


def _all_null(columns: list[pa.Array], n_rows: int) -> np.ndarray[Any, Any]:
    blank = np.ones(n_rows, dtype=bool)
    for column in columns:
        if not blank.any():
            break
        blank &= column.is_null().to_numpy(zero_copy_only=False)
    return blank


def _row_major(columns: list[pa.Array], absent: np.ndarray[Any, Any]) -> pa.Array:
    """One list a row from columns of equal length; null where the row is `absent`."""
    n_rows, n = len(absent), len(columns)
    every = pa.concat_arrays(columns) if columns else pa.array([], pa.string())
    order = np.arange(n_rows * n, dtype=np.int64).reshape(n, n_rows).T.ravel()
    offsets = pa.array(np.arange(n_rows + 1, dtype=np.int32) * n)
    mask = pa.array(absent) if absent.any() else None
    return pa.ListArray.from_arrays(offsets, every.take(pa.array(order)), mask=mask)
