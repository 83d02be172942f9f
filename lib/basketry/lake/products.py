"""The product table's records, each item kept once."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from basketry.lake.judge import outcome
from basketry.lake.located import located
from basketry.lake.settings import LakeSettings


def judged_products(lines: DataFrame, files: DataFrame, settings: LakeSettings) -> DataFrame:
    """One row a product record that could be parsed: its columns, `outcome`, `reasons`. Key (file, record_number).

    The latest record of an item, by arrival, file and place, counts; the others are duplicates.
    """
    records = located(lines, files, "items", settings.items.columns).where(F.col("fault").isNull())
    of_item = Window.partitionBy("item_id").orderBy(
        F.col("arrived_at").desc(), F.col("file").desc(), F.col("record_number").desc()
    )
    is_nameless = F.col("item_id").isNull()
    none = F.array().cast("array<string>")
    judged = records.withColumn("is_duplicate", ~is_nameless & (F.row_number().over(of_item) > 1))
    judged = judged.withColumn("reasons", F.when(is_nameless, F.array(F.lit("missing_item_id"))).otherwise(none))
    return judged.withColumn("outcome", outcome()).drop("arrived_at", "fault")
