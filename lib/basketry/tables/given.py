"""Files that a setting names: CSV with a header, or Parquet; of vectors a Delta table, or Parquet."""

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, NumericType

from basketry.errors import ContractError, MissingInputError


def read_given(session: SparkSession, file: str, columns: tuple[str, ...], setting: str) -> DataFrame:
    """The named columns as text, each row once.

    Raises MissingInputError when the file cannot be read, ContractError when it lacks a column.
    """
    reader = session.read
    try:
        found = reader.parquet(file) if file.endswith(".parquet") else reader.option("header", True).csv(file)
    except AnalysisException as error:
        raise MissingInputError(f"{setting}: {file} cannot be read; is it there?") from error
    _refuse_missing(found, file, columns, setting)
    return found.select(*[F.col(name).cast("string") for name in columns]).distinct()


def read_ids(session: SparkSession, file: str, column: str, setting: str) -> DataFrame:
    """One column of ids, none of them null."""
    return read_given(session, file, (column,), setting).dropna()


def read_vectors(session: SparkSession, source: str, setting: str) -> DataFrame:
    """item_id as text and vector as floats, as they stand. `source`: a Delta table by its name, or by its path, which
    has a /; or a path that ends in .parquet.

    Raises MissingInputError when it cannot be read, ContractError when a column is missing or holds no vectors.
    """
    reader = session.read.format("parquet" if source.endswith(".parquet") else "delta")
    try:
        is_path = "/" in source or source.endswith(".parquet")
        found = reader.load(source) if is_path else reader.table(source)
    except AnalysisException as error:
        raise MissingInputError(f"{setting}: {source} cannot be read; is it there?") from error
    _refuse_missing(found, source, ("item_id", "vector"), setting)
    kind = found.schema["vector"].dataType
    if not (isinstance(kind, ArrayType) and isinstance(kind.elementType, NumericType)):
        raise ContractError(f"{setting}: vector of {source} is {kind.simpleString()}; give an array of numbers")
    return found.select(F.col("item_id").cast("string"), F.col("vector").cast("array<float>"))


def _refuse_missing(found: DataFrame, source: str, columns: tuple[str, ...], setting: str) -> None:
    missing = sorted(set(columns) - set(found.columns))
    if missing:
        raise ContractError(f"{setting}: {source} has no column {', '.join(missing)}")
