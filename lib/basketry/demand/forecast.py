"""The forecasts of one level, with their spread and what was chosen for each class."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from basketry.demand.choose import Choice, choose, forecast_of, try_methods
from basketry.demand.classes import CLASSES
from basketry.demand.intervals import Spread, spread_of
from basketry.demand.methods import Numbers
from basketry.demand.series import Series
from basketry.demand.settings import DemandSettings


class Forecasts(NamedTuple):
    """`mean`, `sd`, `sd_until` (of the sum up to each week) [series, horizon], `quantiles` [series, horizon, 3] (p10,
    p50, p90); `models`, `classes` [series];
    `choices` of every class, and the `spreads` of the chosen ones by class.
    """

    mean: Numbers
    sd: Numbers
    sd_until: Numbers
    quantiles: Numbers
    models: NDArray[np.object_]
    classes: NDArray[np.int64]
    choices: list[Choice]
    spreads: dict[str, Spread]


def forecast_series(series: Series, settings: DemandSettings) -> Forecasts:
    """The weeks after the end of the series, each by the method chosen for its class.

    Raises ValueError when a series was never sold.
    """
    if not series.is_sold.all():
        raise ValueError(f"{series.level}: a series without a sale has no forecast")
    tried = try_methods(series, settings)
    choices, classes = choose(tried, settings), tried.classes[:, -1]
    mean = np.zeros((len(classes), settings.horizon))
    sd, sd_until, quantiles = np.zeros_like(mean), np.zeros_like(mean), np.zeros((*mean.shape, 3))
    models, spreads = np.full(len(classes), "", dtype=object), {}
    for choice in (each for each in choices if each.is_chosen):
        own = classes == CLASSES.index(choice.series_class)
        spreads[choice.series_class] = spread = spread_of(choice, tried, settings)
        mean[own] = forecast_of(choice.model, tried)[own, -1]
        quantiles[own], sd[own] = spread.around(mean[own])
        sd_until[own] = spread.of_sums(mean[own])
        models[own] = choice.model
    return Forecasts(mean, sd, sd_until, quantiles, models, classes, choices, spreads)


def demand_rows(series: Series, found: Forecasts) -> pa.Table:
    """Rows of gold.demand of one level."""
    horizon, n = found.mean.shape[1], len(found.models)
    weeks = [series.week_on(series.n_weeks + ahead) for ahead in range(horizon)]
    columns = {
        "level": pa.array([series.level] * (n * horizon), pa.string()),
        "unit_id": pa.array(np.repeat(series.unit_ids, horizon), pa.string()),
        "store_id": pa.array(np.repeat(series.store_ids, horizon), pa.string()),
        "week_on": pa.array(weeks * n, pa.date32()),
        "ahead": pa.array(np.tile(np.arange(1, horizon + 1, dtype=np.int32), n)),
        **{name: pa.array(found.quantiles[:, :, k].ravel()) for k, name in enumerate(("p10", "p50", "p90"))},
        "mean": pa.array(found.mean.ravel()),
        "sd": pa.array(found.sd.ravel()),
        "sd_until": pa.array(found.sd_until.ravel()),
        "model": pa.array(np.repeat(found.models, horizon), pa.string()),
        "is_new": pa.array(np.repeat(found.classes == CLASSES.index("new"), horizon)),
    }
    return pa.table(columns)


def model_rows(series: Series, found: Forecasts) -> list[tuple[object, ...]]:
    """Rows of gold.demand_models of one level."""
    rows: list[tuple[object, ...]] = []
    for each in found.choices:
        spread = found.spreads[each.series_class] if each.is_chosen else None
        of_spread = (_known(spread.coverage), spread.widening) if spread else (None, None)
        n_series = int((found.classes == CLASSES.index(each.series_class)).sum())
        errors = (_known(each.wape), _known(each.bias), _known(each.deviance), each.n)
        rows.append((series.level, each.series_class, each.model, *errors, n_series, each.is_chosen, *of_spread))
    return rows


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
