"""Which record of a line counts: the latest by a total order; every other one is a duplicate."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

CONTENT = ("quantity", "amount", "sold_at", "user_id", "store_id", "is_cancelled")


def numbered_versions(lines: DataFrame) -> DataFrame:
    """Lines with a number of their own, and `is_duplicate`: a later record holds the same (basket_id, line_number)."""
    latest = [F.col("written_at").desc(), F.col("file").desc(), F.col("record_number").desc()]
    of_line = Window.partitionBy("basket_id", "line_number").orderBy(*latest)
    return lines.withColumn("is_duplicate", F.row_number().over(of_line) > 1)


def unnumbered_versions(lines: DataFrame) -> DataFrame:
    """Lines without a number, which is given here, and `is_duplicate`.

    The latest file that has an item of a basket says all about it: records of earlier files are duplicates, and so is
    a record of it that repeats another in every value. The others are lines 1, 2, ... in the order of their values.
    """
    latest = [F.col("written_at").desc(), F.col("file").desc()]
    of_item = Window.partitionBy("basket_id", "item_id").orderBy(*latest, *CONTENT, "record_number")
    version, content = F.struct("written_at", "file"), F.struct("written_at", "file", *CONTENT)
    is_duplicate = (version != F.first(version).over(of_item)) | F.coalesce(
        content == F.lag(content).over(of_item), F.lit(False)
    )
    so_far = of_item.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    number = F.sum(F.when(F.col("is_duplicate"), 0).otherwise(1)).over(so_far).cast("int")
    return lines.withColumn("is_duplicate", is_duplicate).withColumn("line_number", number)
