"""One raw file as Arrow batches of bronze.lines; runs on the executors, a file at a time, in bounded memory."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa

from basketry.lake.csv_reader import Dialect, read_csv, read_header
from basketry.lake.files import Opener, RawFile, checksum, opener
from basketry.lake.json_reader import read_json_lines
from basketry.lake.parquet_reader import open_parquet, read_parquet
from basketry.lake.people import EVERYONE, People, guarded
from basketry.lake.records import BLANK, Block, UnreadableFileError, to_arrays
from basketry.lake.settings import LakeSettings
from basketry.lake.text import Lines, survey

ARROW = pa.schema(
    [
        ("file", pa.string()),
        ("record_number", pa.int64()),
        ("arrived_at", pa.timestamp("us", tz="UTC")),
        ("values", pa.list_(pa.string())),
        ("raw", pa.string()),
        ("fault", pa.string()),
    ]
)


def read_files(batches: Iterator[pa.RecordBatch], settings: LakeSettings, people: People) -> Iterator[pa.RecordBatch]:
    """The records of every file that the batches name."""
    for batch in batches:
        for row in batch.to_pylist():
            raw = RawFile(**row)
            yield from read_file(raw, opener(raw, settings), settings, people)


class Counts(NamedTuple):
    """Records kept of a file, of these without any value and those that could not be parsed; forgotten users'."""

    n_records: int
    n_blank: int
    n_faulty: int
    n_forgotten: int = 0


def read_file(
    raw: RawFile, open_file: Opener, settings: LakeSettings, people: People = EVERYONE
) -> Iterator[pa.RecordBatch]:
    """The file's records in order, then its own row (record 0) with its columns, checksum and counts."""
    reader = _Reader(raw, open_file, settings)
    n_read = n_records = n_blank = n_faulty = 0
    for block in reader.blocks():
        values, _, faults = block
        batch = numbered(raw, pa.array(range(n_read + 1, n_read + 1 + len(values)), pa.int64()), block)
        kept = guarded(batch, reader.columns, settings, people_in(raw, people))
        yield kept
        n_read += len(values)
        n_records += len(kept)
        n_blank += _count(faults, BLANK)
        n_faulty += len(faults) - faults.null_count
    counts = Counts(n_records, n_blank, n_faulty - n_blank, n_read - n_records)
    yield own_row(raw, reader.columns, counts, reader.encoding, checksum(open_file), people)


def people_in(raw: RawFile, people: People) -> People:
    """A product table names no user."""
    return people if raw.source == "lines" else EVERYONE


def own_row(
    raw: RawFile, columns: list[str], counts: Counts, encoding: str | None, sha256: str, people: People
) -> pa.RecordBatch:
    """The file's own row: its column names in values, what was found about it in raw."""
    found = {"sha256": sha256, "encoding": encoding, "source": raw.source, "format": raw.format}
    found |= {"key_id": people_in(raw, people).key_id}
    about = found | counts._asdict() | {"size_bytes": raw.size_bytes}
    own = Block([list(columns)], [json.dumps(about, sort_keys=True)], [None])
    return numbered(raw, pa.array([0], pa.int64()), to_arrays(own))


def unreadable(raw: RawFile, fault: str) -> list[pa.Array]:
    """values, raw and fault of a file that cannot be read: one faulty record."""
    return to_arrays(Block([None], [f"the whole file {raw.file}"], [fault]))


def numbered(raw: RawFile, numbers: pa.Array, block: list[pa.Array]) -> pa.RecordBatch:
    """Records (values, raw, fault) as rows of bronze.lines."""
    n = len(numbers)
    files, arrived = pa.array([raw.file] * n, pa.string()), pa.array([raw.arrived_at] * n, ARROW.field(2).type)
    return pa.RecordBatch.from_arrays([files, numbers, arrived, *block], schema=ARROW)


class _Reader:
    """Reads one file; `columns` and `encoding` are final once `blocks` has ended."""

    def __init__(self, raw: RawFile, open_file: Opener, settings: LakeSettings) -> None:
        self.raw, self.open_file, self.settings = raw, open_file, settings
        self.columns: list[str] = []
        self.encoding: str | None = None

    def blocks(self) -> Iterator[list[pa.Array]]:
        """values, raw and fault; a file that cannot be read is one faulty record."""
        try:
            yield from self._parquet() if self.raw.format == "parquet" else self._text()
        except UnreadableFileError as error:
            yield unreadable(self.raw, str(error))

    def _parquet(self) -> Iterator[list[pa.Array]]:
        with self.open_file() as stream:
            parquet = open_parquet(stream)
            self.columns = parquet.schema_arrow.names
            self._refuse_wide()
            yield from read_parquet(parquet, self.settings.max_record_chars)

    def _text(self) -> Iterator[list[pa.Array]]:
        if self.raw.format == "unknown":
            raise UnreadableFileError("unknown_format")
        source = self.settings.items if self.raw.source == "items" else self.settings.lines
        text = survey(self.open_file, self.raw.size_bytes, source.encoding)
        self.encoding = text.encoding
        with self.open_file() as stream:
            lines = Lines(stream, text, self.settings.max_record_chars)
            dialect = Dialect(source.delimiter, source.quote)
            for block in self._json(lines) if self.raw.format == "jsonl" else self._csv(lines, dialect):
                yield to_arrays(block)

    def _json(self, lines: Lines) -> Iterator[Block]:
        return read_json_lines(lines, self.columns, self.settings.max_columns)

    def _csv(self, lines: Lines, dialect: Dialect) -> Iterator[Block]:
        self.columns = read_header(lines, dialect)
        self._refuse_wide()
        yield from read_csv(lines, dialect, len(self.columns))

    def _refuse_wide(self) -> None:
        if len(self.columns) > self.settings.max_columns:
            self.columns = []
            raise UnreadableFileError("too_many_columns")


def _count(faults: pa.Array, fault: str) -> int:
    return faults.to_pylist().count(fault) if faults.null_count < len(faults) else 0
