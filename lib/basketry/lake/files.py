"""The raw folder: which files are there, and which of them are new."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from hashlib import sha256
from re import fullmatch
from typing import Any, BinaryIO, Literal, cast

from pyarrow import fs

from basketry.errors import ContractError, MissingInputError
from basketry.lake.settings import LakeSettings
from basketry.tables.store import local_root

FORMATS = {"csv": "csv", "tsv": "csv", "txt": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl"}
FORMATS |= {"parquet": "parquet", "pq": "parquet"}
CHUNK = 1 << 20

DELTA_LOG = "/_delta_log/"

Opener = Callable[[], BinaryIO]
Source = Literal["lines", "items"]


@dataclass(frozen=True)
class RawFile:
    """A file below the raw folder, as it was when the folder was listed. `version` is that of a Delta table."""

    file: str
    source: Source
    format: str
    size_bytes: int
    arrived_at: datetime
    version: int | None = None


def list_files(settings: LakeSettings) -> list[RawFile]:
    """Every raw file that the patterns of a source fit, by name. A Delta table is one, of format delta: size and time
    are those of its newest log entry.

    Raises MissingInputError when there is no such folder, ContractError when it is empty and lake.allow_empty is off.
    Names that begin with `.` or `_`, folders too, are work in progress and not read.
    """
    filesystem, base = open_folder(settings.raw)
    if filesystem.get_file_info(base).type != fs.FileType.Directory:
        raise MissingInputError(f"lake.raw: no folder at {settings.raw}; put receipts there or set lake.raw")
    found = filesystem.get_file_info(fs.FileSelector(base, recursive=True))
    listed = sorted(_described(found, base, settings), key=lambda raw: raw.file)
    if not listed and not settings.allow_empty:
        raise ContractError(f"lake.raw: no files in {settings.raw}; put receipts there or set lake.allow_empty=true")
    return listed


def open_folder(address: str) -> tuple[Any, str]:
    """The file system of a path or address, and the path in it."""
    filesystem, path = fs.FileSystem.from_uri(local_root(address).replace("s3a://", "s3://", 1))
    return filesystem, path.rstrip("/")


def opener(raw: RawFile, settings: LakeSettings) -> Opener:
    """A call that opens the file's bytes as they lie there, packed or not; of a Delta table its newest log entry."""
    filesystem, base = open_folder(settings.raw)
    entry = "" if raw.version is None else f"{DELTA_LOG}{raw.version:020}.json"
    return partial(filesystem.open_input_file, f"{base}/{raw.file}{entry}")


def checksum(open_file: Opener) -> str:
    """sha256 of the bytes, in hexadecimal."""
    digest = sha256()
    with open_file() as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _described(found: Iterable[Any], base: str, settings: LakeSettings) -> Iterator[RawFile]:
    named = {"/" + info.path[len(base) + 1 :]: info for info in found if info.type == fs.FileType.File}
    tables = _newest_entries(named)
    for path, info in named.items():
        if not any(path.startswith(f"{folder}/") for folder in tables):
            yield from _described_one(path[1:], file_format(path), info, None, settings)
    for folder, (version, info) in tables.items():
        yield from _described_one(folder[1:] or ".", "delta", info, version, settings)


def _described_one(name: str, kind: str, info: Any, version: int | None, settings: LakeSettings) -> Iterator[RawFile]:
    source = source_of(name, settings)
    if source and not _is_hidden(name):
        arrived_at = datetime.fromtimestamp(0, UTC) if info.mtime is None else info.mtime.astimezone(UTC)
        yield RawFile(name, source, kind, info.size, arrived_at, version)


def _newest_entries(named: dict[str, Any]) -> dict[str, tuple[int, Any]]:
    """The Delta tables among the files: folder, version and newest log entry."""
    newest: dict[str, tuple[int, Any]] = {}
    for path, info in named.items():
        folder, is_entry, entry = path.rpartition(DELTA_LOG)
        if is_entry and fullmatch(r"\d{20}\.json", entry):
            newest[folder] = max(newest.get(folder, (-1, info)), (int(entry[:20]), info), key=lambda found: found[0])
    return newest


def source_of(name: str, settings: LakeSettings) -> Source | None:
    """items when a pattern of the product table's files fits the path or its last name, else lines when one of theirs
    does.
    """
    last = name.rsplit("/", 1)[-1].lower()
    for source, patterns in (("items", settings.items.files), ("lines", settings.lines.files)):
        if any(fnmatch(name.lower(), p.lower()) or fnmatch(last, p.lower()) for p in patterns):
            return cast(Source, source)
    return None


def file_format(name: str) -> str:
    """csv, jsonl or parquet by the name's ending, `.gz` aside; unknown for any other."""
    words = name.rsplit("/", 1)[-1].lower().removesuffix(".gz").rsplit(".", 1)
    return FORMATS.get(words[-1], "unknown")


def _is_hidden(name: str) -> bool:
    return name != "." and any(part.startswith((".", "_")) for part in name.split("/"))
