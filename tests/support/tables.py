"""Small tables as text: the picture a test starts from, and the one it expects."""

from decimal import Decimal
from typing import Any

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.tables import Table

_DEFAULTS: dict[str, Any] = {
    "string": "",
    "int": 1,
    "bigint": 1,
    "double": 0.5,
    "boolean": False,
    "decimal(12,2)": "1.00",
    "date": "2024-01-01",
    "timestamp": "2024-01-01 10:00:00",
}


def frame(spark: SparkSession, table: Table, picture: str) -> DataFrame:
    """Rows of `table` from a picture; columns left out get a plain default, nullable ones null.

    The first line names columns; `-` is null, `{a b}` is an array.
    """
    names, *rows = [line.split() for line in picture.strip().splitlines()]
    given = [dict(zip(names, _cells(row), strict=True)) for row in rows]
    values = [tuple(_value(column.field, row) for column in table.columns) for row in given]
    text = T.StructType([T.StructField(c.name, T.StringType()) for c in table.columns])
    return spark.createDataFrame(values, text).select(*[_typed(c.field) for c in table.columns])


def rows(df: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The named columns as sorted tuples; arrays as tuples, decimals as they are."""
    found = [tuple(_plain(v) for v in row) for row in df.select(*columns).collect()]
    return sorted(found, key=lambda row: [(value is not None, value) for value in row])


def _cells(words: list[str]) -> list[str]:
    cells: list[str] = []
    for word in words:
        if cells and cells[-1].startswith("{") and not cells[-1].endswith("}"):
            cells[-1] += " " + word
        else:
            cells.append(word)
    return cells


def _value(field: T.StructField, row: dict[str, str]) -> str | None:
    text = row.get(field.name)
    if text is None:
        return None if field.nullable else _default(field.dataType)
    return None if text == "-" else text


def _default(data_type: T.DataType) -> str:
    if isinstance(data_type, T.ArrayType):
        return "{}"
    return str(_DEFAULTS[data_type.simpleString()])


def _typed(field: T.StructField) -> SparkColumn:
    text = F.col(field.name)
    if isinstance(field.dataType, T.ArrayType):
        words = F.filter(F.split(F.regexp_replace(text, r"[{}]", ""), r"\s+"), lambda w: w != "")
        return words.cast(field.dataType).alias(field.name)
    return text.cast(field.dataType).alias(field.name)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return float(value) if isinstance(value, Decimal) else value
