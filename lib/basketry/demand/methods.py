"""Forecasts by recursion over weeks, of all series at once.

Every method takes `quantity` [series, weeks] and `is_seen` [series, weeks], false before the first sale and where a
unit was out of stock, and gives [series, weeks]: what it expects of a later week once that week is known. A week that
is not seen changes nothing, as if it had not been. Before the first seen week it is nan.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from basketry.demand.settings import DemandSettings

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Method = Callable[[Numbers, Flags], Numbers]


def ses(quantity: Numbers, is_seen: Flags, alpha: float) -> Numbers:
    """Simple exponential smoothing from the first seen week (Hyndman & Athanasopoulos, Forecasting, 8.1)."""
    path, level = np.empty_like(quantity), np.full(len(quantity), np.nan)
    for week in range(quantity.shape[1]):
        path[:, week] = level = _smoothed(level, quantity[:, week], is_seen[:, week], alpha)
    return path


def tsb(quantity: Numbers, is_seen: Flags, alpha: float) -> Numbers:
    """Chance of a sale times its size, each smoothed: Teunter, Syntetos & Babai, EJOR 214 (2011).

    The size learns from weeks with a sale alone, the chance from every seen week.
    """
    is_sale = is_seen & (quantity > 0)
    chances = ses(is_sale.astype(np.float64), is_seen, alpha)
    sizes = ses(quantity, is_sale, alpha)
    return np.asarray(np.where(np.isnan(sizes), 0 * chances, chances * sizes))


def moving_average(quantity: Numbers, is_seen: Flags, window: int) -> Numbers:
    """Mean of the last `window` seen weeks, of fewer where there are fewer."""
    n_seen = np.cumsum(is_seen, axis=1, dtype=np.int64)
    total = np.cumsum(np.where(is_seen, quantity, 0), axis=1)
    by_count = np.zeros((len(quantity), quantity.shape[1] + 1))
    np.put_along_axis(by_count, n_seen, total, axis=1)
    before = np.take_along_axis(by_count, np.maximum(n_seen - window, 0), axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((total - before) / np.minimum(n_seen, window))


def seasonal_naive(quantity: Numbers, is_seen: Flags, origin: int, ahead: int, season: int) -> Numbers:
    """[series] what was sold a season before week `origin` + `ahead` - 1; nan where that week was not seen."""
    week = origin + ahead - 1 - season
    if week < 0:
        return np.full(len(quantity), np.nan)
    return np.asarray(np.where(is_seen[:, week], quantity[:, week], np.nan))


def level_methods(settings: DemandSettings) -> dict[str, Method]:
    """The methods that forecast one level for every week ahead, by name."""
    return {
        **{f"ses_{alpha:g}": partial(ses, alpha=alpha) for alpha in settings.ses_alphas},
        **{f"tsb_{alpha:g}": partial(tsb, alpha=alpha) for alpha in settings.tsb_alphas},
        **{f"ma_{window}": partial(moving_average, window=window) for window in settings.windows},
    }


def _smoothed(level: Numbers, value: Numbers, is_seen: Flags, alpha: float) -> Numbers:
    moved = np.where(np.isnan(level), value, level + alpha * (value - level))
    return np.asarray(np.where(is_seen, moved, level))
