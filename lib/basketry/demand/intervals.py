"""How far off forecasts are: quantiles and standard deviation from what was missed at the validation origins."""

from typing import NamedTuple

import numpy as np

from basketry.demand.choose import Choice, Tried, forecast_of
from basketry.demand.classes import CLASSES
from basketry.demand.methods import Flags, Numbers
from basketry.demand.settings import DemandSettings

TAILS = (0.1, 0.5, 0.9)
# Of the standard normal: what a Poisson count is off by where nothing was validated.
CHANCE = (-1.2816, 0.0, 1.2816)
SIZE_GROUPS = 5
# Errors that a group of forecasts of like size needs for quantiles of its own.
FEWEST = 100


class Spread(NamedTuple):
    """Errors divided by sqrt(forecast + .5), the error of a count: `quantiles` [groups, 3] and `sd` [groups] of the
    forecasts between `edges` [groups - 1], times `growth` [horizon] for the weeks ahead; times `reach` [horizon] for
    the sum of the weeks up to each, since errors of one unit go together.

    `coverage` of p10 to p90 at origins that the quantiles are not from; `widening` is what that asks them times.
    """

    edges: Numbers
    quantiles: Numbers
    sd: Numbers
    growth: Numbers
    reach: Numbers
    coverage: float = np.nan
    widening: float = 1.0

    def around(self, forecast: Numbers) -> tuple[Numbers, Numbers]:
        """p10, p50, p90 [..., horizon, 3] and sd [..., horizon] of forecasts [..., horizon]; no quantile below 0."""
        group, scale = np.searchsorted(self.edges, forecast), _scale(forecast) * self.growth
        missed = self.quantiles[group] * np.array([self.widening, 1, self.widening])
        return np.maximum(forecast[..., None] + missed * scale[..., None], 0), self.sd[group] * scale

    def of_sums(self, forecast: Numbers) -> Numbers:
        """sd [..., horizon] of the error of the sum of forecasts [..., horizon] up to each week."""
        return _alone(self, forecast) * self.reach


def spread_of(choice: Choice, tried: Tried, settings: DemandSettings) -> Spread:
    """The spread of a class under its chosen model; of all classes together where it has few errors; of chance where
    none is known.
    """
    forecast = forecast_of(choice.model, tried)[:, :-1]
    own = tried.is_judged & (tried.classes[:, :-1, None] == CLASSES.index(choice.series_class))
    judged = own if own.sum() >= FEWEST else tried.is_judged & (tried.classes[:, :-1, None] > 0)
    if judged.sum() < FEWEST:
        ones = np.ones(settings.horizon)
        return Spread(np.empty(0), np.array([CHANCE]), np.ones(1), ones, ones)
    missed = np.where(judged, (tried.actual - forecast) / _scale(forecast), np.nan)
    spread = _fitted(forecast, missed)
    spread = spread._replace(reach=_reach(spread, forecast, np.where(judged, tried.actual - forecast, np.nan)))
    factors = _needed(forecast, missed)
    if not len(factors):
        return spread
    # Split conformal (Vovk; Lei et al., JASA 113, 2018), origin by origin; wider only, since a count is often exactly
    # at a quantile and so covered more often than asked.
    widening = max(1.0, _quantile(factors, TAILS[2] - TAILS[0]))
    return spread._replace(coverage=float((factors <= 1).mean()), widening=widening)


def _scale(forecast: Numbers) -> Numbers:
    return np.asarray(np.sqrt(forecast + 0.5))


def _alone(spread: Spread, forecast: Numbers) -> Numbers:
    """sd of the sum up to each week if errors of weeks had nothing to do with each other."""
    return np.asarray(spread.sd[np.searchsorted(spread.edges, forecast)] * _scale(forecast.cumsum(axis=-1)))


def _reach(spread: Spread, forecast: Numbers, error: Numbers) -> Numbers:
    """[horizon] root mean square of the summed errors / _alone, of the sums whose every week is judged."""
    # Where all errors are 0 there is no spread to be times of.
    ratio = error.cumsum(axis=-1) / np.maximum(_alone(spread, forecast), 1e-12)
    known = (~np.isnan(ratio)).sum(axis=(0, 1))
    squares = np.nansum(ratio**2, axis=(0, 1)) / np.maximum(known, 1)
    return np.where((known > 0) & (squares > 0), np.sqrt(squares), spread.growth)


def _fitted(forecast: Numbers, missed: Numbers) -> Spread:
    """From errors [series, origins, horizon], nan where not judged."""
    judged = ~np.isnan(missed)
    by_ahead = np.array([np.sqrt(np.mean(missed[:, :, n][judged[:, :, n]] ** 2)) for n in range(missed.shape[2])])
    whole = np.sqrt(np.mean(missed[judged] ** 2))
    is_known = (by_ahead > 0) & np.isfinite(by_ahead)
    growth = np.where(is_known, by_ahead / max(whole, 1e-12), 1)
    told, sizes = (missed / growth)[judged], forecast[judged]
    edges = np.unique(np.quantile(sizes, np.linspace(0, 1, SIZE_GROUPS + 1)[1:-1]))
    group = np.searchsorted(edges, sizes)
    parts = [told[group == n] for n in range(len(edges) + 1)]
    parts = [part if len(part) >= FEWEST else told for part in parts]
    quantiles = np.array([[_quantile(part, tail) for tail in TAILS] for part in parts])
    sd = np.array([np.sqrt(np.mean(part**2)) for part in parts])
    return Spread(edges, quantiles, sd, growth, growth)


def _needed(forecast: Numbers, missed: Numbers) -> Numbers:
    """[judged] what p10 and p90 of the other origins must be times to cover each error of an origin."""
    found: list[Numbers] = []
    for origin in range(missed.shape[1]):
        others = np.delete(missed, origin, axis=1)
        if np.isnan(others).all() or np.isnan(missed[:, origin]).all():
            continue
        fitted = _fitted(np.delete(forecast, origin, axis=1), others)
        found.append(_factors(forecast[:, origin], missed[:, origin], fitted))
    return np.concatenate(found) if found else np.empty(0)


def _factors(forecast: Numbers, missed: Numbers, fitted: Spread) -> Numbers:
    judged = ~np.isnan(missed)
    tails = fitted.quantiles[np.searchsorted(fitted.edges, forecast)] * fitted.growth[..., None]
    is_open: Flags = tails[..., 0] * _scale(forecast) + forecast <= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        above, below = missed / tails[..., 2], np.where(is_open, 0, missed / tails[..., 0])
    factors = np.where(missed > 0, np.where(tails[..., 2] > 0, above, np.inf), np.where(missed < 0, below, 0))
    return np.asarray(np.where(factors < 0, np.inf, factors)[judged])


def _quantile(values: Numbers, share: float) -> float:
    """The smallest value that a new one is below with at least this chance: rank (n + 1) share; from below for tails
    under a half.
    """
    rank = (len(values) + 1) * share
    place = np.floor(rank) if share < 0.5 else np.ceil(rank)
    return float(np.partition(values, k := int(np.clip(place, 1, len(values))) - 1)[k])
