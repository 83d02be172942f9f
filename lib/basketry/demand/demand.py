"""The step whole: forecasts of every level, and what was chosen for them."""

from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame

from basketry.demand.forecast import demand_rows, forecast_series, model_rows
from basketry.demand.matrix import levels_of
from basketry.demand.settings import DemandSettings
from basketry.demand.weeks import Weeks
from basketry.tables import DEMAND, DEMAND_MODELS


class Demand(NamedTuple):
    """Rows of gold.demand and gold.demand_models."""

    demand: DataFrame
    models: DataFrame


def forecast_demand(weekly: DataFrame, items: DataFrame, weeks: Weeks, settings: DemandSettings) -> Demand:
    """From gold.weekly_sales, the weeks it is of, and silver.items.

    Levels are forecast on the driver, all series at once: a level needs 100 bytes for each unit and week there.
    Raises ContractError when that is more than demand.max_cells.
    """
    rows: list[pa.Table] = []
    models: list[tuple[object, ...]] = []
    for series in levels_of(weekly, items, weeks, settings):
        found = forecast_series(series, settings)
        rows.append(demand_rows(series, found))
        models += model_rows(series, found)
    session = weekly.sparkSession
    told = session.createDataFrame(pa.concat_tables(rows)).select(*DEMAND.column_names)
    return Demand(told, session.createDataFrame(models, DEMAND_MODELS.schema))
