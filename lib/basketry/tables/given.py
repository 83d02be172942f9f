"""Files that a setting names: CSV with a header, or Parquet."""

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

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
    missing = sorted(set(columns) - set(found.columns))
    if missing:
        raise ContractError(f"{setting}: {file} has no column {', '.join(missing)}")
    return found.select(*[F.col(name).cast("string") for name in columns]).distinct()


def read_ids(session: SparkSession, file: str, column: str, setting: str) -> DataFrame:
    """One column of ids, none of them null."""
    return read_given(session, file, (column,), setting).dropna()
