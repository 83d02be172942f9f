"""What the readers hand on: blocks of records, each with its values, its text and why it could not be parsed."""

from typing import NamedTuple

import pyarrow as pa

BLANK = "blank"
TOO_LONG = "too_long"

Values = list[str | None]


class Block(NamedTuple):
    """Records in file order. A record has values or a fault, never both."""

    rows: list[Values | None]
    raws: list[str | None]
    faults: list[str | None]


class UnreadableFileError(Exception):
    """A file that cannot be read at all; the message is its fault."""


def to_arrays(block: Block) -> list[pa.Array]:
    """values, raw and fault as Arrow columns."""
    return [_lists(block.rows), _texts(block.raws), pa.array(block.faults, pa.string())]


def _lists(rows: list[Values | None]) -> pa.Array:
    offsets, end, flat = [0], 0, []
    for row in rows:
        if row is not None:
            flat.extend(row)
            end += len(row)
        offsets.append(end)
    mask = pa.array([row is None for row in rows]) if None in rows else None
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), _texts(flat), mask=mask)


def _texts(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # a lone surrogate, which JSON can write and UTF-8 cannot
        return pa.array([v and v.encode("utf-8", "replace").decode() for v in values], pa.string())
