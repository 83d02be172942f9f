"""The text of a raw file: its encoding is found, not assumed, and its lines come in bounded blocks."""

import codecs
import gzip
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from basketry.lake.files import CHUNK, Opener
from basketry.lake.records import UnreadableFileError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAX_GZIP_RATIO = 200
SMALL_ENOUGH = 64 << 20


class Text(NamedTuple):
    """How a text file is to be read. `has_long_lines`: some line is longer than a chunk (1 MiB)."""

    encoding: str
    has_long_lines: bool


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The stream, or what is in it when its first bytes are gzip's."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), CHUNK)
    is_packed = buffered.peek(2)[:2] == b"\x1f\x8b"
    return cast(BinaryIO, gzip.GzipFile(fileobj=buffered) if is_packed else buffered)


def survey(open_file: Opener, size_bytes: int, encoding: str) -> Text:
    """One pass over the whole file. Raises UnreadableFileError for a damaged or exploding gzip or a wrong encoding."""
    wanted: str | None = None
    check: codecs.IncrementalDecoder | None = None
    valid, long_lines, total = True, False, 0
    for chunk in _chunks(open_file):
        if wanted is None:
            wanted = _marked(chunk) if encoding == "auto" else encoding
            check = codecs.getincrementaldecoder(wanted)()
        total += len(chunk)
        if total > SMALL_ENOUGH and total > MAX_GZIP_RATIO * size_bytes:
            raise UnreadableFileError("gzip_bomb")
        long_lines = long_lines or (len(chunk) == CHUNK and b"\n" not in chunk)
        valid = valid and _decodes(check, chunk)
    valid = valid and (check is None or _decodes(check, b"", final=True))
    if valid:
        return Text(wanted or "utf-8", long_lines)
    if encoding == "auto" and wanted == "utf-8":
        return Text("latin-1", long_lines)
    raise UnreadableFileError(f"not_{wanted}")


def _chunks(open_file: Opener) -> Iterator[bytes]:
    try:
        with open_file() as stream:
            unzipped = unpacked(stream)
            while chunk := unzipped.read(CHUNK):
                yield chunk
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise UnreadableFileError("damaged_gzip") from error
    except Exception as error:
        if type(error).__name__ == "error":  # zlib.error has no public base
            raise UnreadableFileError("damaged_gzip") from error
        raise


def _marked(chunk: bytes) -> str:
    """The encoding that the first bytes tell: a byte order mark, or every second byte NUL (UTF-16 without one)."""
    for mark, name in MARKS:
        if chunk.startswith(mark):
            return name
    head = chunk[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > 0.4 * (len(head) / 2) and min(even, odd) < 0.05 * len(head):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _decodes(check: codecs.IncrementalDecoder | None, chunk: bytes, final: bool = False) -> bool:
    try:
        if check is not None:
            check.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


class Lines:
    """Physical lines with their endings, in blocks, with push-back. A line above `max_chars` is cut and marked."""

    def __init__(self, stream: BinaryIO, text: Text, max_chars: int) -> None:
        self._text = io.TextIOWrapper(unpacked(stream), encoding=text.encoding, newline="")
        self._is_careful = text.has_long_lines
        self._max_chars = max_chars
        self._waiting: deque[str] = deque()

    def block(self, chars: int) -> list[str]:
        """About `chars` characters of whole lines; empty at the end."""
        if self._waiting or self._is_careful:
            return self._careful_block(chars)
        return self._text.readlines(chars)

    def next(self) -> str | None:
        """The next line; None at the end. One of `max_chars` characters or more was longer and is cut there."""
        if self._waiting:
            return self._waiting.popleft()
        line = self._text.readline(self._max_chars)
        if len(line) >= self._max_chars and not line.endswith("\n"):
            self._skip_line()
        return line or None

    def push_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))

    def is_cut(self, line: str) -> bool:
        return len(line) >= self._max_chars

    def _careful_block(self, chars: int) -> list[str]:
        lines: list[str] = []
        while chars > 0 and (line := self.next()) is not None:
            lines.append(line)
            chars -= len(line)
        return lines

    def _skip_line(self) -> None:
        while (rest := self._text.readline(CHUNK)) and not rest.endswith("\n"):
            pass
