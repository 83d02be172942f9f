"""The method of each class of series, chosen by its errors from earlier weeks."""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from basketry.demand.borrow import borrowed
from basketry.demand.classes import CLASSES, classes_of
from basketry.demand.methods import Flags, Numbers, level_methods, seasonal_naive
from basketry.demand.series import Codes, Series
from basketry.demand.settings import DemandSettings

BORROWED = "borrowed"
# Below this many judged weeks a class is chosen for together with all others.
FEWEST = 100
# The mean of this many of the best methods is tried too.
BLENDED = 3
# What a forecast counts as at least in the deviance (pieces): one of nothing is not infinitely wrong.
LEAST = 0.001
# Of series with few sales the WAPE is lowest for forecasts of nothing, the deviance for their mean.
BY_DEVIANCE = ("rare",)


class Tried(NamedTuple):
    """Every method from every origin, the last of which is the end of the series.

    `origins`: weeks known at each; `forecasts` [series, origins, horizon] each; `classes` [series, origins], -1 before
    the first sale; `actual` and `is_judged` [series, origins - 1, horizon], false where out of stock or not sold yet.
    """

    origins: list[int]
    forecasts: dict[str, Numbers]
    classes: Codes
    actual: Numbers
    is_judged: Flags


class Choice(NamedTuple):
    """One method on the judged weeks of a class: `wape` = sum |forecast - actual| / sum actual, `bias` = (sum forecast
    - sum actual) / sum actual; `deviance` = mean of 2 (actual log(actual / forecast) - actual + forecast), Poisson's
    (McCullagh & Nelder 1989, 2.3); nan where nothing was sold or nothing judged. `n` series and origins.
    """

    series_class: str
    model: str
    wape: float
    bias: float
    deviance: float
    n: int
    is_chosen: bool


def try_methods(series: Series, settings: DemandSettings) -> Tried:
    """Every method, from each validation origin and from the end."""
    origins, horizon, seen = origins_of(series.n_weeks, settings), settings.horizon, series.is_seen
    at = np.array(origins) - 1
    forecasts = {
        name: np.repeat(method(series.quantity, seen)[:, at, None], horizon, axis=2)
        for name, method in level_methods(settings).items()
    }
    if origins[0] >= settings.season_weeks:
        forecasts["seasonal_naive"] = _seasonal(series, seen, origins, forecasts[default_model(settings)], settings)
    parts = [borrowed(series.head(n), seen[:, :n], settings.new_weeks) for n in origins]
    forecasts[BORROWED] = np.repeat(np.stack(parts, axis=1)[:, :, None], horizon, axis=2)
    classes = np.stack([classes_of(series.quantity[:, :n], seen[:, :n], settings) for n in origins], axis=1)
    classes[~np.logical_or.accumulate(seen, axis=1)[:, at]] = -1
    weeks = np.array(origins[:-1], dtype=int)[:, None] + np.arange(horizon)
    is_judged = ~series.is_out[:, weeks] & (classes[:, :-1, None] >= 0)
    return Tried(origins, forecasts, classes, series.quantity[:, weeks], is_judged)


def origins_of(n_weeks: int, settings: DemandSettings) -> list[int]:
    """Weeks known at each validation origin, and at last all of them: a horizon apart, never within the forecast."""
    back = [n_weeks - settings.horizon * n for n in range(settings.validation_origins, -1, -1)]
    return [n for n in back if n >= settings.min_history or n == n_weeks]


def default_model(settings: DemandSettings) -> str:
    """What is taken where nothing can be judged: the smoothing nearest .3."""
    return f"ses_{min(settings.ses_alphas, key=lambda alpha: abs(alpha - 0.3)):g}"


def choose(tried: Tried, settings: DemandSettings) -> list[Choice]:
    """Every method of every class, one of each class chosen among those within `max_bias`: of the lowest WAPE, and of
    rare series of the lowest deviance.

    New units borrow, and rare ones may. Where no method is within the bias, the least biased is chosen.
    """
    found: list[Choice] = []
    for number, name in enumerate(CLASSES):
        own = tried.is_judged & (tried.classes[:, :-1, None] == number)
        cells = own if own.sum() >= FEWEST else tried.is_judged & (tried.classes[:, :-1, None] > 0)
        models = [BORROWED] if number == 0 else list(tried.forecasts)
        errors = [_error(name, model, tried, own if number == 0 else cells) for model in models]
        # A blend of one method is that method, which is there.
        if number and (blend := _blend(errors, settings)) not in models:
            errors.append(_error(name, blend, tried, cells))
        best = _best(errors, settings)
        found += [each._replace(is_chosen=each is best) for each in errors]
    return found


def forecast_of(model: str, tried: Tried) -> Numbers:
    """[series, origins, horizon] of one method, or of the mean of several, whose names are parted by +."""
    parts = [tried.forecasts[name] for name in model.split("+")]
    return np.asarray(sum(parts[1:], parts[0]) / len(parts))


def _seasonal(series: Series, seen: Flags, origins: list[int], other: Numbers, settings: DemandSettings) -> Numbers:
    found = np.empty_like(other)
    for place, origin in enumerate(origins):
        for ahead in range(1, settings.horizon + 1):
            # A horizon longer than the season repeats the last one.
            back = -(-ahead // settings.season_weeks) * settings.season_weeks
            found[:, place, ahead - 1] = seasonal_naive(series.quantity, seen, origin, ahead, back)
    return np.asarray(np.where(np.isnan(found), other, found))


def _error(name: str, model: str, tried: Tried, cells: Flags) -> Choice:
    actual, forecast = tried.actual[cells], forecast_of(model, tried)[:, :-1][cells]
    sold, n = actual.sum(), int(cells.any(axis=2).sum())
    if sold <= 0:
        return Choice(name, model, np.nan, np.nan, np.nan, n, False)
    wape, bias = np.abs(forecast - actual).sum() / sold, (forecast.sum() - sold) / sold
    return Choice(name, model, float(wape), float(bias), _deviance(actual, forecast), n, False)


def _deviance(actual: Numbers, forecast: Numbers) -> float:
    expected = np.maximum(forecast, LEAST)
    return float(np.mean(2 * (xlogy(actual, actual / expected) - actual + expected)))


def _loss(choice: Choice) -> float:
    """What a chosen method has least of."""
    return choice.deviance if choice.series_class in BY_DEVIANCE else choice.wape


def _best(errors: list[Choice], settings: DemandSettings) -> Choice:
    within = [each for each in errors if abs(each.bias) < settings.max_bias]
    if within:
        return min(within, key=_loss)
    known = [each for each in errors if not np.isnan(each.bias)]
    if known:
        return min(known, key=lambda each: abs(each.bias))
    return next((each for each in errors if each.model == default_model(settings)), errors[0])


def _blend(errors: list[Choice], settings: DemandSettings) -> str:
    """The best methods within the bias, joined by +; the best alone when there is one."""
    within = [each for each in errors if abs(each.bias) < settings.max_bias] or [_best(errors, settings)]
    return "+".join(each.model for each in sorted(within, key=_loss)[:BLENDED])
