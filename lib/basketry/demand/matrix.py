"""gold.weekly_sales on the driver: the series of each level as a matrix."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.demand.series import Codes, Series
from basketry.demand.settings import DemandSettings
from basketry.demand.units import UNIT
from basketry.demand.weeks import Weeks
from basketry.errors import ContractError


def levels_of(weekly: DataFrame, items: DataFrame, weeks: Weeks, settings: DemandSettings) -> Iterator[Series]:
    """The series of each level, one level on the driver at a time; units in order of their ids.

    Raises ContractError when a level is larger than demand.max_cells.
    """
    _refuse_too_many(weekly, weeks, settings)
    families = items.select("item_id", "type", "category").toPandas().sort_values("item_id", ignore_index=True)
    for level in settings.levels:
        rows = weekly.where(F.col("level") == level).drop("level", "amount").toArrow().to_pandas()
        yield series_of(level, rows, families, weeks)


def series_of(level: str, rows: pd.DataFrame, families: pd.DataFrame, weeks: Weeks) -> Series:
    """From rows of gold.weekly_sales of one level, and item_id, type and category of the items.

    Units that never sold but when they were out of stock are left out: they have no forecast.
    """
    by_unit = rows.groupby(["unit_id", "store_id"], sort=True)
    codes, names = by_unit.ngroup().to_numpy(), by_unit.size().index.to_frame(index=False)
    week = (pd.to_datetime(rows["week_on"]) - pd.Timestamp(weeks.first_on)).dt.days.to_numpy() // 7
    quantity = np.zeros((len(names), weeks.number))
    is_out = np.zeros(quantity.shape, dtype=bool)
    quantity[codes, week] = rows["quantity"].to_numpy()
    is_out[codes, week] = rows["is_out_of_stock"].to_numpy()
    unit_ids, store_ids = (names[name].to_numpy(dtype=object) for name in ("unit_id", "store_id"))
    found = Series(level, unit_ids, store_ids, weeks.first_on, quantity, is_out, _groups(level, unit_ids, families))
    return found.part(found.is_sold)


def _groups(level: str, unit_ids: np.ndarray, families: pd.DataFrame) -> tuple[Codes, ...]:
    """The type and category of each unit, numbered; a type is in the first category of its items, by name."""
    if level == "item":
        told = families.set_index("item_id").reindex(unit_ids)
        return tuple(pd.factorize(told[name], sort=True)[0].astype(np.int64) for name in ("type", "category"))
    told = families.dropna(subset=["type", "category"])
    category = told.groupby("type")["category"].min().reindex(unit_ids)
    by_category = pd.factorize(category, sort=True)[0].astype(np.int64)
    if level == "type":
        return (by_category,)
    return pd.factorize(pd.Series(unit_ids), sort=True)[0].astype(np.int64), by_category


def _refuse_too_many(weekly: DataFrame, weeks: Weeks, settings: DemandSettings) -> None:
    counted = weekly.select(*UNIT).distinct().groupBy("level").count().collect()
    for level, n in sorted(tuple(row) for row in counted):
        if n * weeks.number > settings.max_cells:
            raise ContractError(
                f"gold.weekly_sales: level {level} has {n:,} units in {weeks.number} weeks, more than "
                f"demand.max_cells = {settings.max_cells:,}; leave the level out of demand.levels, give a later --from,"
                " exclude items, or raise it if the driver has 100 bytes for each"
            )
