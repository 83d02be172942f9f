"""One raw file as Arrow batches of bronze.lines; runs on the executors, a file at a time, in bounded memory."""

import json
from collections.abc import Iterator

import pyarrow as pa

from basketry.lake.csv_reader import Dialect, read_csv, read_header
from basketry.lake.files import Opener, RawFile, checksum, opener
from basketry.lake.json_reader import read_json_lines
from basketry.lake.parquet_reader import open_parquet, read_parquet
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


def read_files(batches: Iterator[pa.RecordBatch], settings: LakeSettings) -> Iterator[pa.RecordBatch]:
    """The records of every file that the batches name."""
    for batch in batches:
        for row in batch.to_pylist():
            raw = RawFile(**row)
            yield from read_file(raw, opener(raw, settings), settings)


def read_file(raw: RawFile, open_file: Opener, settings: LakeSettings) -> Iterator[pa.RecordBatch]:
    """The file's records in order, then its own row (record 0) with its columns, checksum and counts."""
    reader = _Reader(raw, open_file, settings)
    n_records = n_blank = n_faulty = 0
    for values, texts, faults in reader.blocks():
        yield _batch(raw, n_records + 1, values, texts, faults)
        n_records += len(values)
        n_blank += _count(faults, BLANK)
        n_faulty += len(faults) - faults.null_count
    found = {"sha256": checksum(open_file), "encoding": reader.encoding, "source": raw.source, "format": raw.format}
    counts = {"n_records": n_records, "n_blank": n_blank, "n_faulty": n_faulty - n_blank, "size_bytes": raw.size_bytes}
    own = Block([list(reader.columns)], [json.dumps(found | counts, sort_keys=True)], [None])
    yield _batch(raw, 0, *to_arrays(own))


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
            yield to_arrays(Block([None], [f"the whole file {self.raw.file}"], [str(error)]))

    def _parquet(self) -> Iterator[list[pa.Array]]:
        with self.open_file() as stream:
            parquet = open_parquet(pa.BufferReader(stream.read()))
        self.columns = parquet.schema_arrow.names
        self._refuse_wide()
        yield from read_parquet(parquet)

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


def _batch(raw: RawFile, first: int, values: pa.Array, texts: pa.Array, faults: pa.Array) -> pa.RecordBatch:
    n = len(values)
    numbers = pa.array(range(first, first + n), pa.int64())
    files, arrived = pa.array([raw.file] * n, pa.string()), pa.array([raw.arrived_at] * n, ARROW.field(2).type)
    return pa.RecordBatch.from_arrays([files, numbers, arrived, values, texts, faults], schema=ARROW)
