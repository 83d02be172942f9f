"""Renew the factors and lists of users whose purchases changed since train_als, or this job, last read them.

Not part of a run: by hand, between two fittings of train_als. Items keep the factors they have, so it leaves with exit
code 5 while gold.drift asks to fit them anew.
reads ops.runs, gold.drift, silver.baskets, silver.interactions, silver.items, silver.users, gold.item_factors,
gold.item_affinities, gold.pairs, gold.excluded_items; writes gold.user_factors, gold.recommendations
"""

from basketry import tables
from basketry.gates import pass_refit
from basketry.job import job
from basketry.recommend.facts import Evidence
from basketry.recommend.renew import ItemModels, Known, changed_users, every_user, renewed


def main(argv=None):
    with job("fold_in_users", argv) as run:
        runs = run.read(tables.RUNS)
        pass_refit(run, run.read(tables.DRIFT, is_optional=True), runs)
        last = run.last_done(runs, ("train_als", "fold_in_users"), same=("seed", "recommend"))
        now = Known(run.read(tables.INTERACTIONS), run.read(tables.USERS))
        whom = _whom(run, last, now).persist()
        run.progress(f"users whose purchases differ from what run {last['run_id']} read", users=whom.count())
        if whom.isEmpty():
            return
        settings, models = run.settings, ItemModels(run.read(tables.ITEM_FACTORS), run.read(tables.ITEM_AFFINITIES))
        told = _evidence(run, now.interactions)
        made = renewed(whom, now.users, models, told, settings.recommend, seed=settings.seed, to_on=run.arguments.to_on)
        run.sync(tables.USER_FACTORS, made.user_factors, among=whom)
        run.sync(tables.RECOMMENDATIONS, made.recommendations, among=made.listed)


def _whom(run, last, now):
    bought, users = run.as_read_by(last, tables.INTERACTIONS), run.as_read_by(last, tables.USERS)
    if bought is not None and users is not None:
        return changed_users(Known(bought, users), now)
    run.progress(f"what run {last['run_id']} read is deleted: every user is folded in")
    return every_user(now.users, run.current(tables.RECOMMENDATIONS))


def _evidence(run, interactions):
    pairs, excluded = run.read(tables.PAIRS, is_optional=True), run.read(tables.EXCLUDED_ITEMS, is_optional=True)
    return Evidence(run.read(tables.BASKETS), interactions, run.read(tables.ITEMS), pairs, excluded)


if __name__ == "__main__":
    main()
