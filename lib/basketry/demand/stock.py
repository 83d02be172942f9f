"""Weeks out of stock: those a file names, and gaps in what else sells every week."""

from functools import reduce

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from basketry.demand.settings import DemandSettings
from basketry.demand.units import EVERYWHERE, UNIT, unit_columns
from basketry.demand.weeks import Weeks
from basketry.errors import ContractError
from basketry.tables.given import read_given

SETTING = "demand.stock.file"


def masked(sales: DataFrame, by_week: DataFrame, weeks: Weeks, settings: DemandSettings) -> DataFrame:
    """Rows of gold.weekly_sales from weekly `sales`: marked, and with rows for weeks out of stock without a sale.

    `by_week`: what was sold (item_id, type, store_id, week_on).
    """
    out = [_by_file(by_week, weeks, settings)] if settings.stock.file else []
    out += [_gaps(sales, settings)] if settings.stock.gap_weeks else []
    if not out:
        return sales.withColumn("is_out_of_stock", F.lit(False))
    weeks_out = reduce(DataFrame.unionByName, out).distinct().withColumn("is_out_of_stock", F.lit(True))
    # One row a unit and week on both sides.
    return (
        sales.join(weeks_out, on=[*UNIT, "week_on"], how="full")
        .fillna({"quantity": 0, "is_out_of_stock": False})
        .select(
            *UNIT,
            "week_on",
            "quantity",
            F.coalesce("amount", F.lit(0).cast("decimal(12,2)")).alias("amount"),
            "is_out_of_stock",
        )
    )


def _by_file(by_week: DataFrame, weeks: Weeks, settings: DemandSettings) -> DataFrame:
    """Units and weeks (level, unit_id, store_id, week_on) in which every item of the unit was out, in every store that
    ever sold it: with less, it could still sell.

    Raises ContractError when a row of the file has no item or no date.
    """
    given = _given(by_week.sparkSession, str(settings.stock.file))
    sold = by_week.select("item_id", "type", "store_id").distinct()
    named = given.where(F.col("at") != EVERYWHERE).withColumnRenamed("at", "store_id")
    everywhere = given.where(F.col("at") == EVERYWHERE).drop("at")
    # One row a week of a unit in the file, and one of everywhere, which matches each store that sold the item.
    matched = [
        sold.join(named, on=["item_id", "store_id"], how="inner"),
        sold.join(everywhere, on="item_id", how="inner"),
    ]
    out = matched[0].unionByName(matched[1]).distinct().where(weeks.hold("week_on"))
    return reduce(DataFrame.unionByName, [_all_out(sold, out, level) for level in settings.levels])


def _all_out(sold: DataFrame, out: DataFrame, level: str) -> DataFrame:
    units = sold.select(*unit_columns(level)).dropna().groupBy(*UNIT).agg(F.count(F.lit(1)).alias("n"))
    gone = (
        out.select(*unit_columns(level), "week_on")
        .dropna()
        .groupBy(*UNIT, "week_on")
        .agg(F.count(F.lit(1)).alias("n_out"))
    )
    # One row a unit on the left.
    return gone.join(units, on=list(UNIT), how="inner").where("n = n_out").select(*UNIT, "week_on")


def _given(session: SparkSession, file: str) -> DataFrame:
    """item_id, at (a store, or all) and week_on (a Monday) of the file, each row once."""
    told = read_given(session, file, ("item_id", "store_id", "week_on"), SETTING)
    rows = told.select(
        "item_id",
        F.coalesce("store_id", F.lit(EVERYWHERE)).alias("at"),
        F.trunc(F.expr("try_cast(week_on AS date)"), "week").alias("week_on"),
    )
    wrong = rows.where("item_id IS NULL OR week_on IS NULL").count()
    if wrong:
        raise ContractError(
            f"{SETTING}: {file} has {wrong} row(s) without an item_id or with a week_on that is no date"
        )
    return rows.distinct()


def _gaps(sales: DataFrame, settings: DemandSettings) -> DataFrame:
    """Units and weeks in a run of `gap_weeks` or more without a sale, after `steady_weeks` that each had one and
    before another sale: what sells every week does not stop by chance.
    """
    by_unit = Window.partitionBy(*UNIT).orderBy("week_on")
    numbered = sales.withColumn("week", F.expr("unix_date(week_on) DIV 7"))
    runs = numbered.withColumn("run", F.col("week") - F.row_number().over(by_unit))
    in_run = Window.partitionBy(*UNIT, "run").orderBy("week_on")
    told = (
        runs.withColumn("steady", F.row_number().over(in_run))
        .withColumn("before_on", F.lag("week_on").over(by_unit))
        .withColumn("steady", F.lag("steady").over(by_unit))
    )
    is_gap = (F.datediff("week_on", "before_on") > 7 * int(settings.stock.gap_weeks or 0)) & (
        F.col("steady") >= settings.stock.steady_weeks
    )
    days = F.expr("sequence(date_add(before_on, 7), date_add(week_on, -7), interval 7 days)")
    return told.where(is_gap).select(*UNIT, F.explode(days).alias("week_on"))
