"""Judge every model on days it never saw: each is trained again on the days before, by the code that publishes it.

reads silver.baskets, silver.interactions, silver.items, silver.users; writes gold.metrics
"""

from basketry import tables
from basketry.embeddings.embeddings import train_embeddings
from basketry.evaluation.cases import cart_cases, next_period_cases, sampled
from basketry.evaluation.compare import compare
from basketry.evaluation.splits import holdout_start, split_at
from basketry.job import job
from basketry.mining.rules import mine_rules
from basketry.recommend.models import embedding_model, factor_model, rule_model
from basketry.recommend.recommend import answers, learn
from basketry.recommend.scorers import PersonalFrequency, Popularity
from basketry.recommend.weights import as_of_day


def main(argv=None):
    with job("evaluate", argv) as run:
        interactions = run.read(tables.INTERACTIONS)
        start = holdout_start(interactions, run.settings.evaluation.holdout_days, run.arguments.to_on)
        bought, baskets = split_at(interactions, start), split_at(run.read(tables.BASKETS), start)
        run.progress("train on the days before the holdout", holdout_starts=str(start))
        learnt, by_user, by_cart = _trained(run, bought.train, baskets.train, start)
        run.progress("rank the whole catalogue for users and baskets of the holdout")
        users = next_period_cases(bought.train, bought.holdout)
        carts = cart_cases(bought.train, baskets.holdout, seed=run.settings.seed)
        metrics = _judged(run, "next_period", users, learnt, by_user)
        run.write(tables.METRICS, metrics.unionByName(_judged(run, "cart", carts, learnt, by_user + by_cart)))


def _trained(run, bought, baskets, start):
    """What was learnt from purchases, the models that rank for a user, and those that rank for a cart."""
    settings, seed = run.settings, run.settings.seed
    items, users = run.read(tables.ITEMS), run.read(tables.USERS)
    learnt = learn(bought, items, users, settings.recommend, seed=seed, as_of=as_of_day(bought, start))
    known = learnt.catalogue
    run.progress("mine rules and train embeddings on the same days")
    rules = rule_model(mine_rules(baskets, settings.mining).rules, known)
    embeddings = embedding_model(train_embeddings(baskets, settings.embeddings, seed, run.progress).embeddings, known)
    by_user = [Popularity(), PersonalFrequency(len(known.items)), factor_model(learnt.factors.items, known)]
    return learnt, by_user, [rules, embeddings]


def _judged(run, task, cases, learnt, models):
    settings, seed = run.settings.evaluation, run.settings.seed
    chosen = sampled(cases, settings.max_cases, seed=seed).persist()
    try:
        lists = answers(chosen, learnt, models, max(settings.ks))
        return compare(task, chosen, lists, [model.name for model in models], settings, seed=seed)
    finally:
        chosen.unpersist()


if __name__ == "__main__":
    main()
