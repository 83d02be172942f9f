"""JSON lines: one object a line; numbers keep the digits they were written with."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from basketry.lake.records import BLANK, TOO_LONG, Block, Values
from basketry.lake.text import Lines

BLOCK_CHARS = 1 << 20


class _Pairs(list[tuple[str, Any]]):
    """A JSON object, with the keys that stand in it twice."""


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=_refuse)


def read_json_lines(lines: Lines, columns: list[str], max_columns: int) -> Iterator[Block]:
    """Every line as a record. `columns` grows by each key seen first here, so early rows may be shorter than late ones.

    A key beyond `max_columns` is not kept as a value; it stays in the record's text.
    """
    places = {name: place for place, name in enumerate(columns)}
    while block := lines.block(BLOCK_CHARS):
        found = Block([], [], [])
        for line in block:
            values, fault = _parsed(line, lines)
            found.rows.append(None if values is None else _placed(values, places, columns, max_columns))
            found.raws.append(line.rstrip("\r\n"))
            found.faults.append(fault)
        yield found


def _parsed(line: str, lines: Lines) -> tuple[_Pairs | None, str | None]:
    text = line.strip(" \t\r\n\ufeff")
    if not text:
        return None, BLANK
    if lines.is_cut(line):
        return None, TOO_LONG
    try:
        found = DECODER.decode(text)
    except (ValueError, RecursionError):
        return None, "not_json"
    if not isinstance(found, _Pairs):
        return None, "not_an_object"
    if len(dict(found)) != len(found):
        return None, "duplicate_key"
    return (found, None) if any(value not in (None, "") for _, value in found) else (None, BLANK)


def _placed(found: _Pairs, places: dict[str, int], columns: list[str], max_columns: int) -> Values:
    row: Values = [None] * len(columns)
    for name, value in found:
        place = places.get(name)
        if place is None:
            if len(columns) >= max_columns:
                continue
            place = places[name] = len(columns)
            columns.append(name)
            row.append(None)
        row[place] = value if value is None or isinstance(value, str) else _as_text(value)
    return row


def _as_text(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, _Pairs):
        return {name: _plain(inner) for name, inner in value}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
