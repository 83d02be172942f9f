"""Weekly sales that go on from those of an earlier run: only weeks whose lines changed are added up again.

Which weeks are out of stock is decided anew each time, since a gap shows only by the sale that ends it.
"""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.demand.settings import DemandSettings
from basketry.demand.stock import masked
from basketry.demand.units import Wanted, wanted
from basketry.demand.weekly import by_weeks, sales_of
from basketry.demand.weeks import Weeks, week_of
from basketry.since import Since, sign

# What the sums depend on, besides lines and items.
SUMMED_BY = ("demand.levels", "demand.exclude_items", "demand.exclude_types", "demand.exclude_categories",
             "demand.exclude_departments", "demand.max_mean_quantity")  # fmt: skip
# Of a line, what a sum sees.
_SEEN = ("item_id", "store_id", "sold_on", "quantity", "amount")


def weekly_since(
    since: Since, kept: DataFrame, chosen: Wanted, weeks: Weeks, settings: DemandSettings
) -> tuple[DataFrame, int] | None:
    """Rows of gold.weekly_sales, as weekly_sales gives them, and how many weeks were added up; `kept` are those rows as
    the earlier run left them.

    None when an item known then is forecast now and was not, or the other way round, or has another type: its old weeks
    changed with no line of theirs.
    """
    lines, items = since.inputs
    if not _same_units(wanted(lines, items, settings), chosen):
        return None
    known, changed = _weeks_of(kept), _weeks_of(_changed(since.feed))
    anew = [monday for monday in weeks.mondays if monday in changed or monday not in known]
    added = sales_of(by_weeks(chosen.sold.where(week_of("sold_on").isin(anew)), weeks), settings)
    # A row without a sale only marks a week out of stock.
    same = kept.where(weeks.hold("week_on") & ~F.col("week_on").isin(anew) & (F.col("quantity") > 0))
    sales = same.drop("is_out_of_stock").unionByName(added)
    return masked(sales, by_weeks(chosen.sold, weeks), weeks, settings), len(anew)


def _changed(feed: DataFrame) -> DataFrame:
    """week_on of what is not as it was, whatever came, went and came again in between."""
    net = feed.groupBy(*_SEEN).agg(F.sum(sign()).alias("net")).where("net <> 0")
    return net.select(week_of("sold_on").alias("week_on"))


def _weeks_of(rows: DataFrame) -> set[date]:
    return {row["week_on"] for row in rows.select("week_on").distinct().collect()}


def _same_units(then: Wanted, now: Wanted) -> bool:
    """Whether every item that was sold then is in the same units now."""
    before = then.ruled.select("item_id", F.col("type").alias("was_type"), F.col("rule").isNull().alias("was_kept"))
    after = now.ruled.select("item_id", "type", F.col("rule").isNull().alias("is_kept"))
    # One row an item on both sides; of one without a line now, its weeks changed.
    both = before.join(after, on="item_id", how="inner")
    moved = ~F.equal_null("type", "was_type") | (F.col("is_kept") != F.col("was_kept"))
    return both.where(moved).isEmpty()
