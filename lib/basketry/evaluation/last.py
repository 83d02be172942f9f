"""Rows of gold.metrics beside what the evaluation before found."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.evaluation.compare import Row
from basketry.evaluation.settings import EvaluationSettings, question
from basketry.tables import METRICS

KEY = [*METRICS.key, "question"]


def with_last(rows: Sequence[Row], before: DataFrame, settings: EvaluationSettings) -> DataFrame:
    """Rows of gold.metrics: `rows`, with the value of the same in `before`, as the last evaluation left the table.

    Where that asked by other settings of evaluation, or not at all, last is null: the two do not compare.
    """
    schema = T.StructType([field for field in METRICS.schema if field.name in Row._fields])
    found = before.sparkSession.createDataFrame(list(rows), schema)
    asked = found.withColumn("question", F.lit(question(settings)))
    # Both have a row a key: none is multiplied.
    both = asked.join(before.select(*KEY, F.col("value").alias("last")), on=KEY, how="left")
    return both.withColumn("delta_last", F.col("value") - F.col("last"))
