"""What a line without a value gets instead, by setting."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.lake.settings import MissingSettings
from basketry.lake.values import chosen

POLICIES = ("keep", "reject")


def with_defaults(records: DataFrame, missing: MissingSettings, prices: DataFrame) -> DataFrame:
    """Located records with the values that the settings give to missing ones; `filled` names the columns, sorted.

    `prices` (item_id, list_price) are the product table's; an item without a price there gets none.
    """
    fills = _constants(missing)
    if missing.amount == "items":
        records = records.join(prices, "item_id", "left")
        fills["price"] = F.when(F.col("amount").isNull(), F.col("list_price").cast("string"))
    was_filled = {
        "amount" if name == "price" else name: F.col(name).isNull() & f.isNotNull() for name, f in fills.items()
    }
    filled = chosen(dict(sorted(was_filled.items())))
    return records.withColumns({"filled": filled} | {name: F.coalesce(name, fill) for name, fill in fills.items()})


def _constants(missing: MissingSettings) -> dict[str, Column]:
    given = {"quantity": missing.quantity, "store_id": missing.store_id, "user_id": missing.user_id}
    return {name: F.lit(str(value)) for name, value in given.items() if value not in POLICIES}
