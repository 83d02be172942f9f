"""Arrays of the stage, and frames made of columns."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from basketry.tables import Table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]


def frame(spark: SparkSession, table: Table, columns: dict[str, Any]) -> DataFrame:
    """Rows of `table` from its columns, each cast to its declared type; NaN becomes null."""
    types = to_arrow_schema(table.schema)
    rows = {name: pa.array(columns[name], types.field(name).type, from_pandas=True) for name in table.column_names}
    return spark.createDataFrame(pa.table(rows), table.schema)


def names_of(values: Any) -> Names:
    """Text as an array of objects."""
    return np.array(list(values), dtype=object)
