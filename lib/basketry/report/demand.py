"""What will sell: the forecasts of what sells most, and who leads and rises."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.labels import Labels
from basketry.report.settings import ReportSettings
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.snapshot import Snapshot

# A type says more to a person than one of its items; a type in one store says less.
LEVELS = ("type", "item")
EVERYWHERE = ds.field("store_id") == "all"
PAST_WEEKS = 26
FORECAST_COLUMNS = (
    Column("name", "what", "item"),
    Column("week_on", "week from", "day"),
    Column("mean", "expected", "number", "pieces"),
    Column("p10", "10 %", "number", "sales are below this with chance .1"),
    Column("p50", "median", "number"),
    Column("p90", "90 %", "number", "sales are above this with chance .1"),
    Column("model", "by"),
)
SELLER_COLUMNS = (
    Column("level", "counted by"),
    Column("position", "place", "count"),
    Column("name", "what", "item"),
    Column("expected", "expected", "number", "pieces in the weeks of the forecast"),
    Column("past", "as before", "number", "pieces in as many weeks, by the last weeks"),
    Column("growth", "times", "number", "smoothed level against the weeks before"),
)
MODEL_COLUMNS = (
    Column("level", "counted by"),
    Column("series_class", "class"),
    Column("n_series", "series", "count"),
    Column("model", "forecast by"),
    Column("wape", "WAPE", "share", "sum of misses / sum of sales"),
    Column("bias", "bias", "share"),
    Column("coverage", "sales from p10 to p90", "share", "before they were widened"),
)
SELLERS = {"top_sellers": "Who will sell most", "risers": "Who rises"}


def read_fans(lake: Snapshot, labels: Labels, settings: ReportSettings) -> pd.DataFrame:
    """Weeks of the n_fans units that sell most at the first level that is forecast: past ones, then the forecast.

    unit, unit_id, name, name_id (of an item), week_on, and of the past `sold` (null when out of stock), of the rest
    mean, p10, p50, p90, model. unit numbers them, most expected first.
    """
    demand = lake.frame(tables.DEMAND, where=EVERYWHERE)
    level = next((name for name in LEVELS if (demand["level"] == name).any()), LEVELS[0])
    demand = demand[demand["level"] == level].drop(columns="level")
    expected = demand.groupby("unit_id")["mean"].sum().reset_index()
    expected = expected.sort_values(["mean", "unit_id"], ascending=[False, True])
    place = {unit: n for n, unit in enumerate(expected["unit_id"].head(settings.n_fans))}
    drawn = EVERYWHERE & (ds.field("level") == level) & ds.field("unit_id").isin(list(place))
    past = _past(lake.frame(tables.WEEKLY_SALES, where=drawn), list(place), demand["week_on"].min())
    parts = [past, demand[demand["unit_id"].isin(place)]]
    found = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    found = found.assign(
        unit=found["unit_id"].map(place),
        name=[labels.name(level, unit) for unit in found["unit_id"]],
        name_id=found["unit_id"] if level == "item" else "",
    )
    return found.sort_values(["unit", "week_on"], ignore_index=True)


def _past(known: pd.DataFrame, units: list[str], end_on: date) -> pd.DataFrame:
    """The last PAST_WEEKS weeks of each: a week that is not listed had no sale, before the first there was none."""
    weeks = [end_on - timedelta(weeks=n) for n in range(PAST_WEEKS, 0, -1)] if units else []
    sold = known.assign(sold=known["quantity"].astype(float).mask(known["is_out_of_stock"].astype(bool)))
    found = []
    for unit in units:
        own = sold[sold["unit_id"] == unit]
        known_weeks = dict(zip(own["week_on"], own["sold"], strict=True))
        since = [week for week in weeks if known_weeks and week >= min(known_weeks)]
        listed = [known_weeks.get(week, 0.0) for week in since]
        found.append(pd.DataFrame({"week_on": since, "sold": listed, "unit_id": unit}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def forecasts_sheet(fans: pd.DataFrame) -> Sheet:
    caption = "Forecasts of what sells most"
    return Sheet("forecasts", caption, FORECAST_COLUMNS, records(fans[fans["mean"].notna()]))


def read_sellers(lake: Snapshot, labels: Labels, settings: ReportSettings) -> dict[str, pd.DataFrame]:
    """Of gold.hot_sellers the first n_sellers of each level, all stores together: `top_sellers` and `risers`."""
    found = lake.frame(tables.HOT_SELLERS, where=EVERYWHERE)
    names = [labels.name(*pair) for pair in zip(found["level"], found["unit_id"], strict=True)]
    found = found.assign(name=names, growth=np.exp(found["score"].astype(float)))
    chosen = {"top_sellers": ("is_top", "position"), "risers": ("is_riser", "riser_position")}
    return {name: _first(found[found[flag]], by, settings.n_sellers) for name, (flag, by) in chosen.items()}


def _first(found: pd.DataFrame, by: str, n: int) -> pd.DataFrame:
    found = found.assign(position=found[by]).sort_values(["level", "position"], ascending=[False, True])
    return found.groupby("level", sort=False).head(n).reset_index(drop=True)


def sellers_sheet(name: str, found: pd.DataFrame) -> Sheet:
    rows = [{**row, "name_id": row["unit_id"] if row["level"] == "item" else ""} for row in records(found)]
    return Sheet(name, SELLERS[name], SELLER_COLUMNS, rows)


def demand_models(lake: Snapshot) -> tuple[pd.DataFrame, Sheet]:
    """The method that each class of series is forecast by, and how far it was off on earlier weeks."""
    found = lake.frame(tables.DEMAND_MODELS, where=ds.field("is_chosen")).sort_values(["level", "series_class"])
    return found, Sheet("demand_models", "How far such forecasts were off", MODEL_COLUMNS, records(found))
