"""CSV records of a text file. Python's csv module decides what a field is; every physical line is accounted for."""

import csv
from collections.abc import Iterator
from typing import NamedTuple

from basketry.lake.records import BLANK, TOO_LONG, Block, Values
from basketry.lake.text import Lines

BLOCK_CHARS = 1 << 20
MAX_LINES_OF_A_RECORD = 200


class Dialect(NamedTuple):
    """How fields are told apart."""

    delimiter: str
    quote: str

    @property
    def junk(self) -> str:
        """What a record without any value is made of."""
        return self.delimiter + self.quote + " \t\r\n\ufeff"


Record = tuple[Values | None, str, str | None]


def read_header(lines: Lines, dialect: Dialect) -> list[str]:
    """The column names: the first record that is not blank; none in an empty file."""
    while (record := _next_record(lines, dialect, None)) is not None:
        values, raw, fault = record
        if fault != BLANK:
            return [str(v) for v in values] if values is not None else [raw]
    return []


def read_csv(lines: Lines, dialect: Dialect, n_columns: int) -> Iterator[Block]:
    """Every record after the header. A record with another number of fields than the header is a fault."""
    while block := lines.block(BLOCK_CHARS):
        yield _one_line_each(block, dialect, n_columns, lines) or _one_by_one(block, dialect, n_columns, lines)


def _one_line_each(block: list[str], dialect: Dialect, n_columns: int, lines: Lines) -> Block | None:
    """The block when each line is one sound record, else None: then it is read one by one."""
    junk = dialect.junk
    if any("\0" in line or lines.is_cut(line) or not line.strip(junk) for line in block):
        return None
    try:
        rows = list(_reader(block, dialect))
    except csv.Error:
        return None
    if len(rows) != len(block) or set(map(len, rows)) != {n_columns}:
        return None
    return Block(rows, [line.rstrip("\r\n") for line in block], [None] * len(block))  # type: ignore[arg-type]


def _one_by_one(block: list[str], dialect: Dialect, n_columns: int, lines: Lines) -> Block:
    lines.push_back(block)
    found = Block([], [], [])
    wanted = len(block)
    while wanted > 0 and (record := _next_record(lines, dialect, n_columns)) is not None:
        values, raw, fault = record
        found.rows.append(values)
        found.raws.append(raw)
        found.faults.append(fault)
        wanted -= raw.count("\n") + 1
    return found


def _next_record(lines: Lines, dialect: Dialect, n_columns: int | None) -> Record | None:
    """The next record. One that breaks off gives up its first line only: the lines below are read on their own."""
    used: list[str] = []
    try:
        values = next(_reader(_taken(lines, used), dialect))
    except StopIteration:
        return None
    except csv.Error as error:
        lines.push_back(used[1:])
        return None, _text(used[:1]), _named(error)
    fault = _fault(used, values, dialect, n_columns, lines)
    return (None if fault else values), _text(used), fault  # type: ignore[return-value]


def _taken(lines: Lines, used: list[str]) -> Iterator[str]:
    while len(used) < MAX_LINES_OF_A_RECORD and (line := lines.next()) is not None:
        used.append(line)
        yield line


def _fault(used: list[str], values: list[str], dialect: Dialect, n_columns: int | None, lines: Lines) -> str | None:
    if any(lines.is_cut(line) for line in used):
        return TOO_LONG
    if not any(line.strip(dialect.junk) for line in used):
        return BLANK
    if any("\0" in line for line in used):
        return "nul_byte"
    return "wrong_field_count" if n_columns is not None and len(values) != n_columns else None


def _named(error: csv.Error) -> str:
    if "field larger" in str(error):
        return TOO_LONG
    return "unclosed_quote" if "unexpected end" in str(error) else "bad_quote"


def _reader(lines: Iterator[str] | list[str], dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def _text(used: list[str]) -> str:
    return "".join(used).rstrip("\r\n")
