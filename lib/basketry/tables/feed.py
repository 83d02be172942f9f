"""Words of a Delta change feed."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# What a row is called before its change, and after.
WAS = ("delete", "update_preimage")
IS = ("insert", "update_postimage")


def sign() -> Column:
    """Of a row of a feed: -1 as it was, +1 as it is."""
    return F.when(F.col("_change_type").isin(*IS), 1).otherwise(-1)
