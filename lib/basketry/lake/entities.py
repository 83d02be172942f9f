"""silver.items and silver.users: everything ever sold, listed or seen, with stable indexes."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.lake.indexes import with_index
from basketry.lake.settings import MissingSettings
from basketry.tables import ITEMS, USERS

FILLABLE = sorted(MissingSettings.model_fields)
FLAGS = ("sold", "outlier", *(f"filled:{column}" for column in FILLABLE))
DETAILS = ("type", "category", "department", "brand", "size", "price")


def sold_items(lines: DataFrame) -> DataFrame:
    """One row an item of the kept lines: item_id, `receipt_name`, and how many lines there are of each of FLAGS."""
    # The greatest name, so that the choice needs no order of arrival.
    name = F.max("item_name").alias("receipt_name")
    filled = [F.count_if(F.array_contains("filled", column)) for column in FILLABLE]
    counted = [F.count("*"), F.count_if("is_outlier"), *filled]
    flagged = [count.alias(flag) for count, flag in zip(counted, FLAGS, strict=True)]
    return lines.groupBy("item_id").agg(name, *flagged)


def known_items(sold: DataFrame, products: DataFrame, before: DataFrame) -> DataFrame:
    """silver.items: what the product table lists, a stub for each other item sold, and items known from before.

    A product without a name is called by its type and size; a stub by its name on the receipt, else by its id.
    """
    plain = F.nullif(F.concat_ws(" ", "type", "size"), F.lit(""))
    listed = products.select(
        "item_id", F.coalesce("name", plain, "item_id").alias("name"), *DETAILS, F.lit(False).alias("is_stub")
    )
    stubs = _stubs(sold).join(listed.select("item_id"), "item_id", "left_anti")
    now = listed.unionByName(stubs)
    gone = before.join(now.select("item_id"), "item_id", "left_anti").select(*now.columns)
    return with_index(now.unionByName(gone), before, "item_id", "item_index").select(*ITEMS.column_names)


def known_users(lines: DataFrame, before: DataFrame) -> DataFrame:
    """silver.users: who bought, and users known from before, who keep their dates with no baskets left."""
    baskets = lines.where(F.col("user_id").isNotNull()).groupBy("user_id", "basket_id")
    days = baskets.agg(F.min("sold_on").alias("first"), F.max("sold_on").alias("last"))
    now = days.groupBy("user_id").agg(
        F.min("first").alias("first_bought_on"), F.max("last").alias("last_bought_on"), F.count("*").alias("n_baskets")
    )
    gone = before.join(now.select("user_id"), "user_id", "left_anti").withColumn("n_baskets", F.lit(0).cast("bigint"))
    return with_index(now.unionByName(gone.select(*now.columns)), before, "user_id", "user_index").select(
        *USERS.column_names
    )


def named_by_key(users: DataFrame, files: DataFrame) -> DataFrame:
    """Of silver.users as it stands, those whose pseudonyms the key of the receipts made; all where there is none."""
    keys = files.where(F.col("source") == "lines").select("key_id").distinct().collect()
    if len(keys) != 1 or keys[0].key_id is None:
        return users
    return users.where(F.col("user_id").startswith(f"{keys[0].key_id}-"))


def _stubs(sold: DataFrame) -> DataFrame:
    missing = [F.lit(None).cast(ITEMS.schema[column].dataType).alias(column) for column in DETAILS]
    name = F.coalesce("receipt_name", "item_id").alias("name")
    return sold.select("item_id", name, *missing, F.lit(True).alias("is_stub"))
