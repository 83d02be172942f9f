"""Choose settings of ALS and the weights of lists on days before those that evaluate judges; print what was chosen.

Not part of a run: by hand, before the settings are fixed. It changes no setting: the line it prints is a settings file.
reads silver.baskets, silver.interactions, silver.items, silver.users; writes gold.tuning
"""

from basketry import tables
from basketry.evaluation.splits import part_before_holdout
from basketry.evaluation.validation import METRIC, measures, validation_cases
from basketry.job import job
from basketry.recommend.learnt import Purchases, learn, with_factors, with_history
from basketry.recommend.search import (
    Trial,
    als_settings,
    best_of,
    combinations,
    coordinate_search,
    leave_one_out,
    proposed,
)
from basketry.recommend.trials import blends_of, hits, hits_of_als, weighed, weights_of
from basketry.yaml_files import to_yaml


def main(argv=None):
    with job("tune_recommender", argv) as run:
        tune, seed = run.settings.recommend.tune, run.settings.seed
        baskets, interactions = run.read(tables.BASKETS), run.read(tables.INTERACTIONS)
        days, to_on = tune.validation_days, run.arguments.to_on
        bought = part_before_holdout(baskets, interactions, run.settings.evaluation, days, to_on)
        items, users = run.read(tables.ITEMS), run.read(tables.USERS)
        known = Purchases(bought.baskets.train, bought.interactions.train, items, users)
        cases = validation_cases(bought, tune.max_cases, seed=seed)
        fits = _fits(run, known, cases["explore"], bought.as_of)
        settings = run.settings.recommend.model_copy(update=best_of(fits).settings)
        learnt = learn(known, settings, seed=seed, as_of=bought.as_of)
        blends = blends_of(learnt, settings, seed=seed)
        found = {"als": fits, **{name: _weighings(run, name, blends[name], cases[name], learnt) for name in blends}}
        run.write(tables.TUNING, _rows(run, found))
        _say(run, found)
        print(to_yaml(proposed(settings, {name: best_of(found[name]).settings for name in blends})))


def _fits(run, known, cases, as_of):
    """Each combination of settings of ALS, judged by what is new to a user: what ALS is for."""
    trials, k = [], run.settings.evaluation.ks[0]
    for settings in combinations(run.settings.recommend, seed=run.settings.seed):
        tried = als_settings(settings)
        run.progress("fit ALS", **tried)
        found = hits_of_als(cases, known, settings, k, seed=run.settings.seed, as_of=as_of)
        trials += [Trial(tried, each) for each in measures(found, run.settings.evaluation, seed=run.settings.seed)]
    return trials


def _weighings(run, name, blend, cases, learnt):
    """The search for the weights of a list, and what was chosen without each source."""
    told = with_factors(with_history(cases, learnt), learnt).persist()

    def judge(wanted):
        run.progress(f"weigh {name}", weights=len(wanted))
        found = hits(told, [weighed(blend, each) for each in wanted], learnt.catalogue, run.settings.evaluation.ks[0])
        return measures(found, run.settings.evaluation, seed=run.settings.seed)

    trials = coordinate_search(weights_of(blend), run.settings.recommend.tune, judge)
    trials += leave_one_out(best_of(trials).settings, judge)
    told.unpersist()
    return trials


def _rows(run, found):
    """Rows of gold.tuning."""
    rows = []
    for target, trials in found.items():
        chosen, prefix = best_of(trials), "" if target == "als" else f"{target}."
        for number, trial in enumerate(trials, 1):
            settings = {prefix + name: float(value) for name, value in trial.settings.items()}
            judged = (METRIC, run.settings.evaluation.ks[0], trial.found.value, *trial.found.interval, trial.found.n)
            rows.append((target, number, settings, trial.left_out, *judged, trial is chosen))
    return run.store.spark.createDataFrame(rows, tables.TUNING.schema)


def _say(run, found):
    """The chosen settings of each target beside the present ones, and what each source is worth."""
    for target, trials in found.items():
        chosen, present = best_of(trials), trials[0]
        worth = {t.left_out: round(chosen.found.value - t.found.value, 4) for t in trials if t.left_out}
        is_as_good = present.found.value >= chosen.found.interval.low
        advice = "keep the present settings: as good within the interval" if is_as_good else "better than the present"
        values = {"value": round(chosen.found.value, 4), "present": round(present.found.value, 4)}
        run.progress(f"{target}: {advice}", **values, **{f"without {name}": -drop for name, drop in worth.items()})


if __name__ == "__main__":
    main()
