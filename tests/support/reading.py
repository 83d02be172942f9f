"""A raw file read as an executor reads it, without Spark."""

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from basketry.lake.files import RawFile, Source, file_format
from basketry.lake.people import EVERYONE, People
from basketry.lake.reading import read_file
from basketry.lake.settings import LakeSettings

AT = datetime(2024, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    """What reading gave: the file's own row, and its records in order."""

    columns: list[str]
    own: dict[str, Any]
    numbers: list[int]
    values: list[list[str | None] | None]
    raws: list[str | None]
    faults: list[str | None]

    @property
    def rows(self) -> list[dict[str, str | None]]:
        """The sound records as dictionaries; early JSON rows are shorter than the columns."""
        return [dict(zip(self.columns, values, strict=False)) for values in self.values if values is not None]


def read(name: str, data: bytes, source: Source = "lines", people: People = EVERYONE, **settings: Any) -> Found:
    raw = RawFile(name, source, file_format(name), len(data), AT)
    batches = read_file(raw, lambda: io.BytesIO(data), LakeSettings(**settings), people)
    *records, own = [row for batch in batches for row in batch.to_pylist()]
    columns = {key: [row[key] for row in records] for key in ("record_number", "values", "raw", "fault")}
    return Found(own["values"], json.loads(own["raw"]), *columns.values())
