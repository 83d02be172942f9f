"""How well the last known weeks' hot sellers and risers were foreseen, beside what needs no forecast."""

from typing import NamedTuple

import numpy as np

from basketry.demand.forecast import forecast_series
from basketry.demand.methods import Flags, Numbers, moving_average
from basketry.demand.rank import Order, past_of, positions, ranked, risers_of, share_of
from basketry.demand.series import Series
from basketry.demand.settings import DemandSettings

FORECAST = "forecast"


class Judged(NamedTuple):
    """One list of one level: `precision` of n_listed units, `recall` of the n_true true ones, both of n_units."""

    level: str
    task: str
    model: str
    precision: float | None
    recall: float | None
    f1: float | None
    n_listed: int
    n_true: int
    n_units: int


def judge_ranks(series: Series, settings: DemandSettings) -> list[Judged]:
    """Lists made a horizon before the end, with nothing that was sold later, against what was then sold.

    Nothing where too few weeks lie before.
    """
    origin = series.n_weeks - settings.horizon
    if origin < settings.min_history:
        return []
    known = series.until(origin)
    later = series.part(series.head(origin).is_sold)
    sold = np.where(later.is_out, 0, later.quantity)[:, origin:].sum(axis=1)
    return [*_tops(known, sold, settings), *_risers(known, sold, settings)]


def _tops(known: Series, sold: Numbers, settings: DemandSettings) -> list[Judged]:
    n = share_of(len(sold), settings.rank)
    true = (positions(sold) <= n) & (sold > 0)
    expected = {FORECAST: forecast_series(known, settings).mean.sum(axis=1)} | _averages(known, settings)
    lists = {model: (positions(values) <= n) & (values > 0) for model, values in expected.items()}
    return [_judged(known.level, "top", model, listed, true, len(sold)) for model, listed in lists.items()]


def _risers(known: Series, sold: Numbers, settings: DemandSettings) -> list[Judged]:
    """Of the units with enough sales in the base weeks, those whose sales grew most against them."""
    past, _ = past_of(known, settings.horizon, settings.rank)
    nothing = np.zeros(len(sold))
    score = ranked(known, nothing, nothing, settings.horizon, settings.rank).score
    n_units = int((~np.isnan(score)).sum())
    n = share_of(n_units, settings.rank)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(np.isnan(score), np.nan, sold / past)
        rises = {
            name: np.where(np.isnan(score), np.nan, v / past - 1) for name, v in _averages(known, settings).items()
        }
    true = _first(risers_of(grown), n) & (sold > past)
    lists = {name: _first(risers_of(rise), n) & (rise > 0) for name, rise in ({FORECAST: score} | rises).items()}
    return [_judged(known.level, "riser", model, listed, true, n_units) for model, listed in lists.items()]


def _averages(known: Series, settings: DemandSettings) -> dict[str, Numbers]:
    """Pieces in a horizon by what needs no forecast: the weeks before, and an average of twice as many."""
    spans = {"last_weeks": settings.horizon, "moving_average": 2 * settings.horizon}
    averages = {name: moving_average(known.quantity, known.is_seen, span)[:, -1] for name, span in spans.items()}
    return {name: settings.horizon * average for name, average in averages.items()}


def _first(order: Order, n: int) -> Flags:
    return np.asarray((order > 0) & (order <= n))


def _judged(level: str, task: str, model: str, listed: Flags, true: Flags, n_units: int) -> Judged:
    n_listed, n_true, both = int(listed.sum()), int(true.sum()), int((listed & true).sum())
    precision, recall = (both / n if n else None for n in (n_listed, n_true))
    f1 = 2 * both / (n_listed + n_true) if n_listed and n_true else None
    return Judged(level, task, model, precision, recall, f1, n_listed, n_true, n_units)
