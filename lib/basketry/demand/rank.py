"""Who sells most in the weeks that are forecast, and who grows most against the past."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from basketry.demand.methods import Flags, Numbers, ses
from basketry.demand.series import Series
from basketry.demand.settings import RankSettings

Order = NDArray[np.int64]


class Ranked(NamedTuple):
    """Of each series [series]: `expected` and `past` pieces in as many weeks as are forecast, `score` and `score_se` of
    the growth, nan where the past is too small; `position`, `riser_position` from 1, 0 where not ranked.
    """

    expected: Numbers
    past: Numbers
    score: Numbers
    score_se: Numbers
    position: Order
    riser_position: Order
    is_top: Flags
    is_riser: Flags


def ranked(series: Series, expected: Numbers, sd: Numbers, horizon: int, settings: RankSettings) -> Ranked:
    """`expected` pieces of each series over the `horizon` weeks after its end, and the `sd` of their error.

    Growth is log((level + 1) / (past + 1)): a piece more on both sides shrinks it, the more the fewer pieces it is of.
    The level is smoothed by `riser_alpha`, which follows a rise sooner than a forecast made to miss least. Its error is
    that of the forecast and of a count of n pieces, sqrt(n).
    """
    past, base = past_of(series, horizon, settings)
    is_known = base >= max(settings.min_base_quantity, 1)
    level = ses(series.quantity, series.is_seen, settings.riser_alpha)[:, -1] * horizon
    score = np.where(is_known, np.log((level + 1) / (past + 1)), np.nan)
    score_se = np.where(is_known, np.sqrt((sd / (expected + 1)) ** 2 + 1 / (base + 1)), np.nan)
    position, risers = positions(expected), risers_of(score)
    is_top = (position <= share_of(len(expected), settings)) & (expected > 0)
    is_riser = is_known & (risers <= share_of(int(is_known.sum()), settings)) & (score > 0)
    return Ranked(expected, past, score, score_se, position, risers, np.asarray(is_top), np.asarray(is_riser))


def risers_of(score: Numbers) -> Order:
    """[series] positions by score; 0 where it is nan."""
    return np.asarray(np.where(np.isnan(score), 0, positions(np.where(np.isnan(score), -np.inf, score))))


def past_of(series: Series, horizon: int, settings: RankSettings) -> tuple[Numbers, Numbers]:
    """[series] pieces in the last base weeks that were seen, for `horizon` weeks, and in all."""
    last = slice(-settings.base_weeks, None)
    seen = series.is_seen[:, last]
    base = np.where(seen, series.quantity[:, last], 0).sum(axis=1)
    return np.asarray(base * horizon / np.maximum(seen.sum(axis=1), 1)), np.asarray(base)


def positions(values: Numbers) -> Order:
    """[series] 1 for the greatest; ties in the order of the series, which is that of their ids."""
    found = np.empty(len(values), dtype=np.int64)
    found[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return found


def share_of(n: int, settings: RankSettings) -> int:
    """How many of n units are called top."""
    return int(np.ceil(n * settings.top_share))
