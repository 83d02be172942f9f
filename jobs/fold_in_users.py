"""Renew the factors and lists of users whose purchases changed since train_als, or this job, last read them.

Not part of a run: by hand, between two fittings of train_als. Items keep the factors they have.
reads ops.runs, silver.interactions, silver.users, gold.item_factors, gold.item_affinities;
writes gold.user_factors, gold.recommendations
"""

from basketry import tables
from basketry.job import job
from basketry.recommend.learnt import Published
from basketry.recommend.renew import Known, changed_users, every_user, renewed


def main(argv=None):
    with job("fold_in_users", argv) as run:
        last = run.last_done(run.read(tables.RUNS), ("train_als", "fold_in_users"), same=("seed", "recommend"))
        now = Known(run.read(tables.INTERACTIONS), run.read(tables.USERS))
        whom = _whom(run, last, now).persist()
        run.progress(f"users whose purchases differ from what run {last['run_id']} read", users=whom.count())
        if whom.isEmpty():
            return
        settings, models = run.settings, Published(run.read(tables.ITEM_FACTORS), run.read(tables.ITEM_AFFINITIES))
        made = renewed(now, whom, models, settings.recommend, seed=settings.seed, to_on=run.arguments.to_on)
        run.sync(tables.USER_FACTORS, made.user_factors, among=whom)
        run.sync(tables.RECOMMENDATIONS, made.recommendations, among=whom)


def _whom(run, last, now):
    bought, users = run.as_read_by(last, tables.INTERACTIONS), run.as_read_by(last, tables.USERS)
    if bought is not None and users is not None:
        return changed_users(Known(bought, users), now)
    run.progress(f"what run {last['run_id']} read is deleted: every user is folded in")
    return every_user(now, run.current(tables.RECOMMENDATIONS))


if __name__ == "__main__":
    main()
