"""Which settings are tried: combinations of ALS's, and a list's weights one source after the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from basketry.recommend.blend import POPULARITY
from basketry.recommend.settings import RecommendSettings, TuneSettings

# Settings of ALS, and the name of what is tried of each.
GRIDS = {"rank": "ranks", "alpha": "alphas", "regularization": "regularizations", "half_life_days": "half_lives"}
# What settings take as a weight.
MOST = 1000.0
Weights = Mapping[str, float]


class Judged(Protocol):
    """How good something tried is: more is better."""

    @property
    def value(self) -> float: ...


Found = TypeVar("Found", bound=Judged)


class Trial(NamedTuple, Generic[Found]):
    """Settings by name, what was found of them, and the source that they leave out."""

    settings: Weights
    found: Found
    left_out: str | None = None


Judge = Callable[[Sequence[Weights]], Sequence[Found]]


def combinations(settings: RecommendSettings, *, seed: int) -> list[RecommendSettings]:
    """At most tune.max_fits: the present settings of ALS, then others of tune in an order drawn by the seed."""
    present = tuple(als_settings(settings).values())
    every = dict.fromkeys(product(*(getattr(settings.tune, grid) for grid in GRIDS.values())))
    others = [each for each in every if each != present]
    drawn = np.random.default_rng(seed).permutation(len(others))[: settings.tune.max_fits - 1]
    changed = [dict(zip(GRIDS, others[place], strict=True)) for place in drawn]
    return [settings, *[settings.model_copy(update=each) for each in changed]]


def als_settings(settings: RecommendSettings) -> Weights:
    """What `combinations` differ in, by name."""
    return {name: getattr(settings, name) for name in GRIDS}


def best_of(trials: Sequence[Trial[Found]]) -> Trial[Found]:
    """The one of the largest value, equal ones by order; none that leaves a source out."""
    return max((trial for trial in trials if trial.left_out is None), key=lambda trial: trial.found.value)


def coordinate_search(start: Weights, tune: TuneSettings, judge: Judge[Found]) -> list[Trial[Found]]:
    """Every trial, `start` first: of the best so far each source's weight in turn times tune.factors, all at once.

    Up to tune.max_rounds over the sources, fewer when one changes nothing. Popularity, which orders what no other
    source speaks of, is never 0; a weight of 0 stays it. Nothing is judged twice.
    """
    trials: list[Trial[Found]] = []
    best = start
    for _ in range(tune.max_rounds):
        before = best
        for source in start:
            tried = [trial.settings for trial in trials]
            wanted = [each for each in (start, *_moved(best, source, tune.factors)) if each not in tried]
            trials += map(Trial, wanted, judge(wanted)) if wanted else []
            best = best_of(trials).settings
        if best == before:
            break
    return trials


def leave_one_out(chosen: Weights, judge: Judge[Found]) -> list[Trial[Found]]:
    """The chosen weights without each source but popularity in turn: by how much less they find, that source is worth.

    The others keep their weights.
    """
    sources = [source for source in chosen if source != POPULARITY]
    without = [{**chosen, source: 0.0} for source in sources]
    return list(map(Trial, without, judge(without), sources))


def proposed(settings: RecommendSettings, weights: Mapping[str, Weights]) -> dict[str, object]:
    """The settings of ALS as they are in `settings`, and these weights by list, as in a settings file."""
    lists = {name: dict(each) for name, each in weights.items()}
    return {"recommend": {**als_settings(settings), **lists}}


def _moved(weights: Weights, source: str, factors: Sequence[float]) -> Iterator[Weights]:
    """`weights` with that of the source times each factor."""
    for factor in dict.fromkeys(factors):
        weight = min(factor * weights[source], MOST)
        if weight > 0 or source != POPULARITY:
            yield {**weights, source: weight}
