"""What a basket as a whole says about its lines: cancelled, returned, too long to be a receipt."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def without_cancelled(lines: DataFrame) -> DataFrame:
    """`reasons` of every line of a basket of which any record says so: basket_cancelled."""
    is_cancelled = F.max("is_cancelled").over(Window.partitionBy("owner"))
    return lines.withColumn("reasons", _reason(is_cancelled & counts(), "basket_cancelled"))


def without_returns(lines: DataFrame) -> DataFrame:
    """`reasons` of every return row: return_dropped. The lines they name stay as they are."""
    return lines.withColumn("reasons", _reason(_is_return(), "return_dropped"))


def with_net_lines(lines: DataFrame) -> DataFrame:
    """Each return taken off the line that it names, in quantity and, in proportion, in amount.

    Return rows end as return_netted, or orphan_return when their line does not exist; a line of which nothing is left
    as returned. `owner` of a return row is now the basket that it names.
    """
    together = Window.partitionBy("owner", "net_line")
    placed = lines.withColumns(
        {
            "is_return": _is_return(),
            "net_line": F.when(_is_return(), F.col("returned_line_number")).otherwise(F.col("line_number")),
            "owner": F.when(_is_return(), F.col("returned_basket_id")).otherwise(F.col("owner")),
        }
    )
    seen = placed.withColumns(
        {
            "taken": F.sum(F.when(F.col("is_return"), F.col("quantity"))).over(together),
            "is_known": F.max(counts() & ~F.col("is_return")).over(together),
        }
    )
    return _netted(seen).select(*lines.columns)


def without_giants(lines: DataFrame, max_lines: int) -> DataFrame:
    """`reasons` of every line of a basket with more lines than that: giant_basket."""
    n_lines = F.sum(F.when(counts(), 1).otherwise(0)).over(Window.partitionBy("owner"))
    return lines.withColumn("reasons", _reason((n_lines > max_lines) & counts(), "giant_basket"))


def counts() -> Column:
    """Whether the row is still a line."""
    return ~F.col("is_duplicate") & (F.size("reasons") == 0)


def _is_return() -> Column:
    return counts() & (F.col("quantity") < 0)


def _netted(seen: DataFrame) -> DataFrame:
    left = F.col("quantity") + F.col("taken")
    is_touched = counts() & ~F.col("is_return") & F.col("taken").isNotNull()
    rest = F.round(F.col("amount") * left / F.col("quantity"), 2).cast("decimal(12,2)")
    answered = F.when(F.col("is_known"), F.lit("return_netted")).otherwise(F.lit("orphan_return"))
    reasons = F.when(F.col("is_return"), F.array(answered)).when(is_touched & (left <= 0), F.array(F.lit("returned")))
    is_less = is_touched & (left > 0)
    return seen.withColumns(
        {
            "reasons": reasons.otherwise(F.col("reasons")),
            "amount": F.when(is_less, rest).otherwise(F.col("amount")),
            "quantity": F.when(is_less, left.cast("int")).otherwise(F.col("quantity")),
        }
    )


def _reason(holds: Column, reason: str) -> Column:
    return F.when(holds, F.array(F.lit(reason))).otherwise(F.col("reasons"))
