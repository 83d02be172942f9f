"""The product table's records, each item kept once."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from basketry.lake.judge import outcome
from basketry.lake.located import located
from basketry.lake.settings import LakeSettings
from basketry.lake.values import cents, chosen, money


def judged_products(lines: DataFrame, files: DataFrame, settings: LakeSettings) -> DataFrame:
    """One row a product record that could be parsed: its columns, `outcome`, `reasons`. Key (file, record_number).

    The latest sound record of an item, by arrival, file and place, counts; the other sound ones are duplicates.
    """
    records = located(lines, files, "items", settings.items.columns).where(F.col("fault").isNull())
    price = cents(money(F.col("price")))
    is_wrong = F.col("price").isNotNull() & (price.isNull() | (price < 0))
    found = {"bad_type_price": is_wrong, "missing_item_id": F.col("item_id").isNull()}
    is_sound = F.size("reasons") == 0
    of_item = Window.partitionBy("item_id", is_sound).orderBy(
        F.col("arrived_at").desc(), F.col("file").desc(), F.col("record_number").desc()
    )
    judged = records.withColumns({"reasons": chosen(found), "price": price})
    judged = judged.withColumn("is_duplicate", is_sound & (F.row_number().over(of_item) > 1))
    return judged.withColumn("outcome", outcome()).drop("arrived_at", "fault")


def list_prices(products: DataFrame) -> DataFrame:
    """item_id and `list_price` of the kept products that have one. Key item_id."""
    priced = products.where((F.col("outcome") == "kept") & F.col("price").isNotNull())
    return priced.select("item_id", F.col("price").alias("list_price"))
