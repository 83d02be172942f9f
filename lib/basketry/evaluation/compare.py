"""Every model's metrics on the same cases, beside the baseline's."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from basketry.evaluation import ranking, shown
from basketry.evaluation.asked import COLD, Asked
from basketry.evaluation.bootstrap import Floats, Interval, intervals
from basketry.evaluation.ranking import Judged
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.shown import Ints, Known, Shown

BASELINE = "popularity"
ALL_CASES = "all"


class Key(NamedTuple):
    """What a number is of; k is 0 of what has no list."""

    slice: str
    metric: str
    k: int
    model: str


class Measured(NamedTuple):
    """One metric of one model, the interval of it where it has one, and over how many cases."""

    value: float
    interval: Interval | None
    n: int


class Row(NamedTuple):
    """A row of gold.metrics but for what the last run found."""

    task: str
    model: str
    slice: str
    metric: str
    k: int
    value: float
    ci_low: float | None
    ci_high: float | None
    n: int
    baseline: float
    delta: float


def compare(
    task: str, asked: Asked, lists: Mapping[str, Ints], known: Known, settings: EvaluationSettings, *, seed: int
) -> list[Row]:
    """Rows of gold.metrics of one task: each model's lists [cases, places] against the cases' relevant items.

    The baseline popularity is among the models, and no list is longer than its. A case without a list scores 0 by what
    was found, and says nothing of how varied lists are. Slices are judged at the first k by ranking.OF_SLICES; those
    without a case are left out. The driver holds 8 bytes a case, model, metric and k.
    """
    each: dict[Key, Floats] = {}
    together: dict[Key, Measured] = {}
    for model, items in lists.items():
        judged = Judged(asked.relevant.has(items), asked.relevant.per_case(len(items)))
        cold = _judged_cold(items, asked, known, settings)
        listed = Shown(items, np.where(asked.is_named[:, None], asked.before.has(items), np.nan), known)
        each.update(_whole(model, judged, listed, settings))
        each.update(_sliced(model, judged, cold, asked, settings))
        together.update(_together(model, listed, settings))
    return rows(task, measured(each, asked.users, settings, seed=seed) | together)


def measured(
    each: Mapping[Key, Floats], users: Ints, settings: EvaluationSettings, *, seed: int
) -> dict[Key, Measured]:
    """Means of values by case [cases], NaN where a case has none; what no case has a value of is left out."""
    there = {key: values for key, values in each.items() if not np.isnan(values).all()}
    ends = intervals(np.stack(list(there.values())), users, settings.n_bootstrap, seed=seed)
    return {
        key: Measured(float(np.nanmean(values)), end, int(np.count_nonzero(~np.isnan(values))))
        for (key, values), end in zip(there.items(), ends, strict=True)
    }


def rows(task: str, found: Mapping[Key, Measured]) -> list[Row]:
    """Each number beside the baseline's."""
    made = []
    for key, (value, ends, n) in found.items():
        baseline, (low, high) = found[key._replace(model=BASELINE)].value, ends or (None, None)
        made.append(Row(task, key.model, key.slice, key.metric, key.k, value, low, high, n, baseline, value - baseline))
    return made


def _judged_cold(items: Ints, asked: Asked, known: Known, settings: EvaluationSettings) -> Judged:
    """The same lists, when only items sold in few baskets before the cut count as relevant."""
    relevant = asked.relevant.only(known.n_baskets <= settings.cold_item_baskets)
    return Judged(relevant.has(items), relevant.per_case(len(items)))


def _whole(model: str, judged: Judged, listed: Shown, settings: EvaluationSettings) -> Iterator[tuple[Key, Floats]]:
    for k in settings.ks:
        for name, metric in ranking.METRICS.items():
            yield Key(ALL_CASES, name, k, model), metric(judged, k)
        for name, of_list in shown.EACH.items():
            yield Key(ALL_CASES, name, k, model), of_list(listed, k)


def _sliced(
    model: str, judged: Judged, cold: Judged, asked: Asked, settings: EvaluationSettings
) -> Iterator[tuple[Key, Floats]]:
    k = settings.ks[0]
    for name in ranking.OF_SLICES:
        metric = ranking.METRICS[name]
        yield Key(COLD, name, k, model), metric(cold, k)
        values = metric(judged, k)
        for slice_, is_in in asked.slices.items():
            yield Key(slice_, name, k, model), np.where(is_in, values, np.nan)


def _together(model: str, listed: Shown, settings: EvaluationSettings) -> Iterator[tuple[Key, Measured]]:
    """Numbers of all lists at once: no means over cases, so without an interval."""
    for k in settings.ks:
        for name, metric in shown.TOGETHER.items():
            value = metric(listed, k)
            if not np.isnan(value):
                yield Key(ALL_CASES, name, k, model), Measured(value, None, len(listed.items))
