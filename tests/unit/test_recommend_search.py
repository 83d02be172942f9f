"""What is tried of settings and weights, on values that are planted."""

from itertools import product
from typing import NamedTuple

from basketry.recommend.search import als_settings, best_of, combinations, coordinate_search, leave_one_out, proposed
from basketry.recommend.settings import RecommendSettings, TuneSettings


class Value(NamedTuple):
    value: float


def planted(best, asked):
    """A judge by the distance from `best` in steps of two, that keeps what it is asked."""

    def judge(wanted):
        asked.append([dict(each) for each in wanted])
        steps = [sum(_steps(each[name], best[name]) for name in best) for each in wanted]
        return [Value(-total) for total in steps]

    return judge


def _steps(weight, best):
    if 0 in (weight, best):
        return 0 if weight == best else 9
    return abs(weight / best - 1) if weight > best else abs(best / weight - 1)


def tuned(**over):
    return TuneSettings(factors=(0, 0.5, 2.0), **over)


def test_a_round_moves_each_weight_once_from_the_best_so_far():
    asked = []
    start = {"near": 1.0, "far": 1.0, "useless": 1.0, "popularity": 1.0}
    best = {"near": 2.0, "far": 8.0, "useless": 0, "popularity": 1.0}
    trials = coordinate_search(start, tuned(), planted(best, asked))
    assert best_of(trials).settings == {"near": 2.0, "far": 2.0, "useless": 0, "popularity": 1.0}
    # From the start, near is tried at 0, half and double; then far, with near at its best.
    assert asked[0] == [start, *[start | {"near": weight} for weight in (0, 0.5, 2.0)]]
    assert asked[1] == [start | {"near": 2.0, "far": weight} for weight in (0, 0.5, 2.0)]
    assert [trial.settings for trial in trials] == [each for pass_ in asked for each in pass_]


def test_rounds_go_on_while_they_change_something_and_judge_nothing_twice():
    asked = []
    start, best = {"far": 1.0, "popularity": 1.0}, {"far": 8.0, "popularity": 1.0}
    trials = coordinate_search(start, tuned(max_rounds=9), planted(best, asked))
    assert best_of(trials).settings == best
    tried = [tuple(sorted(trial.settings.items())) for trial in trials]
    assert len(set(tried)) == len(tried)
    # Three rounds to 8, a fourth that finds nothing better.
    assert {trial.settings["far"] for trial in trials} == {0, 0.5, 1, 2, 4, 8, 16}


def test_popularity_is_never_0_and_a_weight_stays_below_what_settings_take():
    asked = []
    start = {"large": 900.0, "off": 0.0, "popularity": 0.1}
    coordinate_search(start, tuned(), planted(start, asked))
    tried = [each for pass_ in asked for each in pass_]
    assert min(each["popularity"] for each in tried) == 0.05
    assert max(each["large"] for each in tried) == 1000
    assert {each["off"] for each in tried} == {0}


def test_equal_values_go_to_the_earlier_trial():
    trials = coordinate_search({"one": 1.0, "popularity": 1.0}, tuned(), lambda wanted: [Value(0.5)] * len(wanted))
    assert best_of(trials) is trials[0]


def test_each_source_but_popularity_is_left_out_and_is_never_the_best():
    chosen = {"one": 1.0, "other": 2.0, "popularity": 0.5}
    trials = leave_one_out(chosen, lambda wanted: [Value(9.0)] * len(wanted))
    assert [(trial.left_out, trial.settings) for trial in trials] == [
        ("one", chosen | {"one": 0.0}),
        ("other", chosen | {"other": 0.0}),
    ]
    first = coordinate_search(chosen, tuned(), lambda wanted: [Value(0.5)] * len(wanted))
    assert best_of([*first, *trials]) is first[0]


def test_combinations_are_the_present_one_and_others_of_the_grids_by_the_seed():
    tune = TuneSettings(ranks=(2, 4), alphas=(1.0, 2.0), regularizations=(0.1,), half_lives=(90.0, 180.0), max_fits=5)
    settings = RecommendSettings(rank=3, alpha=1.0, regularization=0.1, half_life_days=90.0, tune=tune)
    found = combinations(settings, seed=1)
    assert found[0] == settings
    drawn = [tuple(als_settings(each).values()) for each in found[1:]]
    assert len(set(drawn)) == 4
    assert set(drawn) <= set(product((2, 4), (1.0, 2.0), (0.1,), (90.0, 180.0)))
    assert found == combinations(settings, seed=1)
    assert found != combinations(settings, seed=2)
    every = settings.model_copy(update={"rank": 2, "tune": tune.model_copy(update={"max_fits": 99})})
    assert len(combinations(every, seed=1)) == 8


def test_what_is_proposed_is_a_settings_file():
    weights = {"explore": {"users": 1.0, "als": 0.0, "ease": 0.4, "popularity": 0.01}}
    found = proposed(RecommendSettings(rank=32), weights)["recommend"]
    read = RecommendSettings(**found)
    assert (read.rank, read.explore.ease, read.explore.als) == (32, 0.4, 0)
    assert read.habit == RecommendSettings().habit
