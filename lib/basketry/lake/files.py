"""The raw folder: which files are there, and which of them are new."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from hashlib import sha256
from typing import Any, BinaryIO, Literal

from pyarrow import fs

from basketry.errors import ContractError, MissingInputError
from basketry.lake.settings import LakeSettings
from basketry.tables.store import local_root

FORMATS = {"csv": "csv", "tsv": "csv", "txt": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl"}
FORMATS |= {"parquet": "parquet", "pq": "parquet"}
CHUNK = 1 << 20

Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class RawFile:
    """A file below the raw folder, as it was when the folder was listed."""

    file: str
    source: Literal["lines", "items"]
    format: str
    size_bytes: int
    arrived_at: datetime


def list_files(settings: LakeSettings) -> list[RawFile]:
    """Every raw file, by name.

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
    """A call that opens the file's bytes as they lie there, packed or not."""
    filesystem, base = open_folder(settings.raw)
    return partial(filesystem.open_input_stream, f"{base}/{raw.file}", None)


def checksum(open_file: Opener) -> str:
    """sha256 of the bytes, in hexadecimal."""
    digest = sha256()
    with open_file() as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _described(found: Iterable[Any], base: str, settings: LakeSettings) -> Iterator[RawFile]:
    for info in found:
        name = info.path[len(base) + 1 :]
        kind = file_format(name)
        if info.type == fs.FileType.File and not _is_hidden(name):
            arrived_at = datetime.fromtimestamp(0, UTC) if info.mtime is None else info.mtime.astimezone(UTC)
            yield RawFile(name, source_of(name, settings), kind, info.size, arrived_at)


def source_of(name: str, settings: LakeSettings) -> Literal["lines", "items"]:
    """items when a pattern of the product table's files fits the path or the file's name, else lines."""
    last = name.rsplit("/", 1)[-1].lower()
    patterns = [pattern.lower() for pattern in settings.items.files]
    return "items" if any(fnmatch(name.lower(), p) or fnmatch(last, p) for p in patterns) else "lines"


def file_format(name: str) -> str:
    """csv, jsonl or parquet by the name's ending, `.gz` aside; unknown for any other."""
    words = name.rsplit("/", 1)[-1].lower().removesuffix(".gz").rsplit(".", 1)
    return FORMATS.get(words[-1], "unknown")


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))
