"""Which record of a line counts: the latest by a total order; every other one is a duplicate."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.window import WindowSpec

CONTENT = ("quantity", "amount", "sold_at", "user_id", "store_id", "is_cancelled")


def with_owner(lines: DataFrame) -> DataFrame:
    """`owner`: the basket a sound record belongs to; a refused record is alone with itself, so it touches no other."""
    alone = F.concat_ws("#", "file", "record_number")
    return lines.withColumn("owner", F.when(is_sound(), F.col("basket_id")).otherwise(alone))


def is_sound() -> Column:
    """Whether nothing speaks against the record."""
    return F.size("reasons") == 0


def with_versions(lines: DataFrame) -> DataFrame:
    """`is_duplicate`, and a `line_number` for records of files that have none.

    Where the source numbers its lines, the latest record of (basket_id, line_number) counts. Else the latest file that
    has an item of a basket says all about it: records of earlier files are duplicates, and so is a record of it that
    repeats another in every value; the others are lines 1, 2, ... in the order of their values.
    """
    is_numbered = F.col("is_numbered")
    what = F.when(is_numbered, F.concat(F.lit("#"), "line_number")).otherwise(F.concat(F.lit("@"), "item_id"))
    content = [F.when(~is_numbered, F.col(name)) for name in CONTENT]
    latest = [F.col("written_at").desc(), F.col("file").desc(), *content, F.col("record_number").desc()]
    of_line = Window.partitionBy("owner", "what").orderBy(*latest)
    is_duplicate = F.when(is_numbered, F.row_number().over(of_line) > 1).otherwise(_is_superseded(of_line))
    so_far = of_line.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    place = F.sum(F.when(F.col("is_duplicate"), 0).otherwise(1)).over(so_far).cast("int")
    judged = lines.withColumn("what", what).withColumn("is_duplicate", is_duplicate & is_sound())
    return judged.withColumn("line_number", F.when(is_numbered, F.col("line_number")).otherwise(place)).drop("what")


def _is_superseded(of_item: WindowSpec) -> Column:
    version, content = F.struct("written_at", "file"), F.struct("written_at", "file", *CONTENT)
    is_earlier = version != F.first(version).over(of_item)
    return is_earlier | F.coalesce(content == F.lag(content).over(of_item), F.lit(False))
