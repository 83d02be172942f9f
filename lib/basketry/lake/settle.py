"""What a basket as a whole says about its lines: cancelled, returned, too long to be a receipt."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.lake.settings import CleanSettings


def without_cancelled(lines: DataFrame) -> DataFrame:
    """`reasons` of every line of a basket of which any record says so: basket_cancelled."""
    is_cancelled = F.max("is_cancelled").over(Window.partitionBy("basket_id"))
    return lines.withColumn("reasons", _reason(is_cancelled & ~F.col("is_duplicate"), "basket_cancelled"))


def with_returns(lines: DataFrame, clean: CleanSettings) -> DataFrame:
    """Each return taken off the line that it names, in quantity and, in proportion, in amount.

    Return rows end as return_netted, or orphan_return when their line does not exist; a line of which nothing is left
    as returned. With `returns: drop` the return rows end as return_dropped and lines stay as they are.
    """
    is_return = F.col("quantity") < 0
    if clean.returns == "drop":
        return lines.withColumn("reasons", _reason(is_return & _counts(), "return_dropped"))
    sales = lines.where(~is_return | ~_counts())
    returns = lines.where(is_return & _counts())
    return _netted(sales, returns).unionByName(_answered(returns, sales))


def without_giants(lines: DataFrame, max_lines: int) -> DataFrame:
    """`reasons` of every line of a basket with more lines than that: giant_basket."""
    n_lines = F.sum(F.when(_counts(), 1).otherwise(0)).over(Window.partitionBy("basket_id"))
    return lines.withColumn("reasons", _reason((n_lines > max_lines) & _counts(), "giant_basket"))


def _netted(sales: DataFrame, returns: DataFrame) -> DataFrame:
    taken = returns.groupBy(
        F.col("returned_basket_id").alias("basket_id"), F.col("returned_line_number").alias("line_number")
    ).agg(F.sum("quantity").alias("taken"))
    joined = sales.join(taken, ["basket_id", "line_number"], "left")
    is_touched = F.col("taken").isNotNull() & _counts()
    left = F.col("quantity") + F.col("taken")
    return (
        joined.withColumn("reasons", _reason(is_touched & (left <= 0), "returned"))
        .withColumn("amount", _share(is_touched & (left > 0), left))
        .withColumn("quantity", F.when(is_touched & (left > 0), left.cast("int")).otherwise(F.col("quantity")))
        .select(*sales.columns)
    )


def _share(is_left: Column, left: Column) -> Column:
    rest = F.round(F.col("amount") * left / F.col("quantity"), 2).cast("decimal(12,2)")
    return F.when(is_left, rest).otherwise(F.col("amount"))


def _answered(returns: DataFrame, sales: DataFrame) -> DataFrame:
    lines = sales.where(_counts()).select(
        F.col("basket_id").alias("returned_basket_id"),
        F.col("line_number").alias("returned_line_number"),
        F.lit(True).alias("is_known"),
    )
    joined = returns.join(lines.distinct(), ["returned_basket_id", "returned_line_number"], "left")
    reason = F.when(F.col("is_known"), F.lit("return_netted")).otherwise(F.lit("orphan_return"))
    return joined.withColumn("reasons", F.array(reason)).select(*returns.columns)


def _counts() -> Column:
    """Whether the row is still a line."""
    return ~F.col("is_duplicate") & (F.size("reasons") == 0)


def _reason(holds: Column, reason: str) -> Column:
    return F.when(holds, F.array(F.lit(reason))).otherwise(F.col("reasons"))
