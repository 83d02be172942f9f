"""Located receipt records as typed lines, each with the reasons that speak against it."""

from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.lake.missing import with_defaults
from basketry.lake.settings import CleanSettings, LakeSettings
from basketry.lake.values import cents, chosen, integer, money, time


def typed_lines(records: DataFrame, prices: DataFrame, settings: LakeSettings) -> DataFrame:
    """One row a record that was parsed: typed columns, `written_at` (what decides between versions), `reasons`.

    `reasons` is empty for a sound record, `filled` names what came from the settings. A return has a negative quantity
    and names the line it takes back.
    """
    clean, zone = settings.clean, settings.time_zone
    typed = with_defaults(records, clean.missing, prices).withColumns(
        {
            "typed_quantity": integer(F.col("quantity")),
            "typed_line_number": integer(F.col("line_number")),
            "paid": money(F.col("amount")),
            "each": money(F.col("price")),
            "sold": time(F.col("sold_at"), zone),
            "returned_line_number": integer(F.col("returned_line_number")),
            "is_cancelled": F.lower("status").isin([word.lower() for word in clean.cancelled]),
            "written_at": F.coalesce(time(F.col("changed_at"), zone), F.col("arrived_at")),
        }
    )
    return typed.withColumn("reasons", _reasons(clean)).select(
        "file",
        "record_number",
        "is_numbered",
        "basket_id",
        F.col("item_name" if clean.item_key == "name" else "item_id").alias("item_id"),
        "item_name",
        F.col("typed_line_number").alias("line_number"),
        "user_id",
        "store_id",
        F.col("typed_quantity").alias("quantity"),
        cents(F.coalesce("paid", F.col("each") * F.col("typed_quantity"))).alias("amount"),
        F.col("sold").alias("sold_at"),
        F.coalesce("is_cancelled", F.lit(False)).alias("is_cancelled"),
        "returned_basket_id",
        "returned_line_number",
        "written_at",
        "filled",
        "reasons",
    )


def _reasons(clean: CleanSettings) -> Column:
    """Every reason that holds, sorted; empty for a sound record."""
    found = {reason: F.coalesce(holds, F.lit(False)) for reason, holds in sorted(_rules(clean).items())}
    any_holds = F.lit(False)
    for holds in found.values():
        any_holds = any_holds | holds
    return F.when(any_holds, chosen(found)).otherwise(F.array().cast("array<string>"))


def _rules(clean: CleanSettings) -> dict[str, Column]:
    item = "item_name" if clean.item_key == "name" else "item_id"
    asked = {"user_id": clean.missing.user_id, "store_id": clean.missing.store_id}
    needed = ["basket_id", item, "quantity", "sold_at", *(name for name, policy in asked.items() if policy == "reject")]
    missing = {f"missing_{name}": F.col(name).isNull() for name in needed}
    missing["missing_line_number"] = F.col("is_numbered") & F.col("line_number").isNull()
    unread = {
        "quantity": "typed_quantity",
        "line_number": "typed_line_number",
        "amount": "paid",
        "price": "each",
        "sold_at": "sold",
    }
    bad_type = {f"bad_type_{text}": F.col(text).isNotNull() & F.col(typed).isNull() for text, typed in unread.items()}
    return missing | bad_type | _range_rules(clean)


def _range_rules(clean: CleanSettings) -> dict[str, Column]:
    quantity, paid = F.col("typed_quantity"), F.coalesce("paid", "each")
    is_return = (quantity < 0) & F.col("returned_basket_id").isNotNull()
    least = paid <= 0 if clean.free_lines == "reject" else paid < 0
    latest = F.lit(_utc(clean.latest)) if clean.latest else F.col("arrived_at") + F.expr("INTERVAL 1 DAY")
    rules = {
        "missing_amount": F.col("amount").isNull() & F.col("price").isNull(),
        "bad_quantity": (quantity <= 0) & ~is_return,
        "bad_amount": least & ~(is_return & F.col("paid").isNotNull()),
        "too_late": F.col("sold") > latest,
    }
    return rules | ({"too_early": F.col("sold") < F.lit(_utc(clean.earliest))} if clean.earliest else {})


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
