"""Rows made once, that forget how."""

from pyspark.sql import DataFrame


def held(df: DataFrame) -> DataFrame:
    """`df`, made now and kept by the workers, on disk where memory is short, until nothing refers to it.

    Unlike one that is persisted, plans made of it do not repeat its own plan, and those made of these again. Spark
    describes a plan whole at each of its stages: tens of MB of text where a few frames are each used by several others,
    which takes longer than small batches do. When a worker is lost its rows are too, and the step fails.
    """
    return df.localCheckpoint()
