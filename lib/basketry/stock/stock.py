"""The step whole: the plan of every forecast item, and what more service would cost."""

from typing import NamedTuple

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from basketry.stock.curve import curve_of
from basketry.stock.plan import Inputs, gather, levels_of
from basketry.stock.settings import StockSettings
from basketry.tables import STOCK_CURVE, STOCK_PLAN, Table


class Stock(NamedTuple):
    """Rows of gold.stock_plan and gold.stock_curve, and what there is to say of them."""

    plan: DataFrame
    curve: DataFrame
    said: str


def plan_stock(given: Inputs, settings: StockSettings) -> Stock:
    """Raises ContractError when the items are more than stock.max_units, or stock.terms is of no use."""
    known = gather(given, settings)
    plan = levels_of(known, settings)
    session = given.demand.sparkSession
    n = plan["policy"].value_counts()
    said = (
        f"{n.get('periodic', 0):,} items by review, {n.get('newsvendor', 0):,} perishables; "
        f"{int((plan['companion_margin'] > 0).sum()):,} worth more for their companions; "
        f"{known.n_by_volume:,} sold by volume left out"
    )
    curve = curve_of(known, plan, settings)
    return Stock(_frame(session, plan, STOCK_PLAN), _frame(session, curve, STOCK_CURVE), said)


def _frame(session: SparkSession, rows: pd.DataFrame, table: Table) -> DataFrame:
    found = rows.reindex(columns=table.column_names)
    # pandas has NaN where Spark has null.
    found = found.astype(object).mask(found.isna().to_numpy(), None)
    return session.createDataFrame(list(found.itertuples(index=False, name=None)), table.schema)
