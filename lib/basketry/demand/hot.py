"""The step whole: hot sellers and risers of every level, and how well they would have been foreseen."""

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.demand.judge_ranks import judge_ranks
from basketry.demand.matrix import levels_of
from basketry.demand.methods import Numbers
from basketry.demand.rank import Ranked, ranked
from basketry.demand.series import Series
from basketry.demand.settings import DemandSettings
from basketry.demand.weeks import Weeks
from basketry.errors import ContractError
from basketry.tables import HOT_SELLER_CHECKS, HOT_SELLERS


class HotSellers(NamedTuple):
    """Rows of gold.hot_sellers and gold.hot_seller_checks."""

    listed: DataFrame
    checks: DataFrame


def rank_hot_sellers(weekly: DataFrame, demand: DataFrame, items: DataFrame, settings: DemandSettings) -> HotSellers:
    """From gold.weekly_sales, gold.demand that was made of it, and silver.items; levels on the driver, one at a time.

    Raises ContractError when the forecasts do not follow the sales, or a level is missing in them.
    """
    weeks = weeks_of(weekly, demand)
    (horizon,) = demand.agg(F.max("ahead")).first() or (settings.horizon,)
    asked = settings.model_copy(update={"horizon": horizon})
    names = items.select("item_id", "name").toPandas().set_index("item_id")["name"]
    rows: list[pd.DataFrame] = []
    checks: list[tuple[object, ...]] = []
    for series in levels_of(weekly, items, weeks, settings):
        expected, sd = _totals(series, demand)
        rows.append(hot_rows(series, ranked(series, expected, sd, horizon, asked.rank), names))
        checks += judge_ranks(series, asked)
    session = weekly.sparkSession
    told = pd.concat(rows).replace({np.nan: None}).astype(object)
    listed = session.createDataFrame(list(told.itertuples(index=False, name=None)), HOT_SELLERS.schema)
    return HotSellers(listed, session.createDataFrame([tuple(row) for row in checks], HOT_SELLER_CHECKS.schema))


def weeks_of(weekly: DataFrame, demand: DataFrame) -> Weeks:
    """The weeks of gold.weekly_sales, which end where gold.demand begins."""
    first, last = weekly.agg(F.min("week_on"), F.max("week_on")).first() or (None, None)
    (begins,) = demand.agg(F.min("week_on")).first() or (None,)
    if first is None or last is None or begins != last + timedelta(weeks=1):
        raise ContractError(
            f"gold.demand begins in the week of {begins}, but the last week of gold.weekly_sales is {last}; "
            "run forecast_demand, which writes both"
        )
    return Weeks(first, begins)


def hot_rows(series: Series, found: Ranked, names: pd.Series) -> pd.DataFrame:
    """Rows of gold.hot_sellers of one level: top units and risers."""
    rows = pd.DataFrame(
        {
            "level": series.level,
            "unit_id": series.unit_ids,
            "store_id": series.store_ids,
            "name": names.reindex(series.unit_ids).to_numpy() if series.level == "item" else series.unit_ids,
            "expected": found.expected,
            "past": found.past,
            "position": found.position,
            "score": found.score,
            "score_se": found.score_se,
            "riser_position": pd.array(np.where(found.riser_position > 0, found.riser_position, -1), dtype="Int64"),
            "is_top": found.is_top,
            "is_riser": found.is_riser,
        }
    )
    rows["riser_position"] = rows["riser_position"].mask(rows["riser_position"] < 0)
    return rows[rows["is_top"] | rows["is_riser"]]


def _totals(series: Series, demand: DataFrame) -> tuple[Numbers, Numbers]:
    """[series] pieces expected over the weeks of gold.demand, and the deviation of their error, weeks independent."""
    columns = ("unit_id", "store_id", "ahead", "mean", "sd")
    rows = demand.where(F.col("level") == series.level).select(*columns).toArrow().to_pandas()
    # In one order, so that sums of floats are the same on any partitions.
    by_unit = rows.sort_values(list(columns[:3])).assign(variance=rows["sd"] ** 2).groupby(["unit_id", "store_id"])
    told = by_unit[["mean", "variance"]].sum()
    units = pd.MultiIndex.from_arrays([series.unit_ids, series.store_ids])
    missing = units[~units.isin(told.index)]
    if len(missing):
        raise ContractError(
            f"gold.demand: {len(missing)} unit(s) of gold.weekly_sales at level {series.level} have no forecast, the "
            f"first {missing[0]}; run forecast_demand with these settings"
        )
    told = told.reindex(units)
    return told["mean"].to_numpy(dtype=float), np.sqrt(told["variance"].to_numpy(dtype=float))
