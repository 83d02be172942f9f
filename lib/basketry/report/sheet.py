"""A table of the page: one source for the HTML and for the CSV beside it."""

import csv
import io
import math
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

Kind = Literal["text", "item", "count", "share", "number", "chance", "flag", "day"]
Row = dict[str, Any]
# What a spreadsheet takes for the start of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NONE = "–"
# Smaller percentages and probabilities are only called so.
SMALLEST = 0.001


@dataclass(frozen=True)
class Column:
    """`name` is the key of a row's cell, and of the table's column it was taken from; `heading` is for people.

    A cell of kind item is a name; the row has its id, or ids, under `name`_id.
    """

    name: str
    heading: str
    kind: Kind = "text"
    note: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "share", "number", "chance")

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.name, f"{self.name}_id") if self.kind == "item" else (self.name,)


@dataclass(frozen=True)
class Sheet:
    """`link` is the key of a cell that holds the address of the row's own page; `note` says what was left out."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: list[Row]
    note: str = ""
    link: str | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The rows, for a chart."""
        return pd.DataFrame(self.rows)

    def csv(self) -> str:
        """The columns and rows as CSV (RFC 4180) that is safe to open in a spreadsheet."""
        text = io.StringIO()
        writer = csv.writer(text)
        keys = [key for column in self.columns for key in column.keys]
        writer.writerow(keys)
        writer.writerows([csv_cell(row[key]) for key in keys] for row in self.rows)
        return text.getvalue()


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame, by column name."""
    return cast(list[Row], frame.to_dict("records"))


def csv_cell(value: Any) -> Any:
    """The value; text that a spreadsheet would run as a formula is kept text by an apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA):
        return f"'{value}"
    return "" if is_missing(value) else value


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def shown(value: Any, kind: Kind) -> str:
    """The value as a person reads it: 1,234 · 12.3 % · 1.53 · yes."""
    if is_missing(value):
        return NONE
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "share":
        return _percent(value)
    if kind == "number":
        return number(value)
    if kind == "chance":
        return f"{value:.3f}" if value >= SMALLEST else f"below {SMALLEST}"
    if kind == "flag":
        return "yes" if value else "no"
    return str(value)


def _percent(value: float) -> str:
    if 0 < abs(value) < SMALLEST / 100:
        return f"below {SMALLEST} %"
    return f"{100 * value:.2g} %" if abs(value) < 0.01 else f"{100 * value:.1f} %"


def number(value: float) -> str:
    """Three significant digits; never an exponent unless the value is tiny."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1g}"
