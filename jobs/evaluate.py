"""Judge every model on days it never saw: each is trained again on the days before, by the code that publishes it.

reads silver.baskets, silver.interactions, silver.items, silver.users; writes gold.metrics, gold.validation_log
"""

from functools import reduce

from pyspark.sql import DataFrame

from basketry import tables
from basketry.embeddings.embeddings import train_embeddings
from basketry.evaluation.cases import cart_cases, explore_cases, next_period_cases, sampled
from basketry.evaluation.compare import compare
from basketry.evaluation.levels import interactions_of, items_at
from basketry.evaluation.splits import holdout_start, split_at
from basketry.job import job
from basketry.mining.levels import at_level
from basketry.mining.rules import mine_rules
from basketry.recommend.learnt import Purchases, learn
from basketry.recommend.models import embedding_model, rule_model
from basketry.recommend.recommend import answers
from basketry.recommend.suite import cart_models, user_models
from basketry.recommend.weights import as_of_day


def main(argv=None):
    with job("evaluate", argv) as run:
        settings, seed = run.settings, run.settings.seed
        whole = _purchases(run)
        start = holdout_start(whole.interactions, settings.evaluation.holdout_days, run.arguments.to_on)
        bought, baskets = split_at(whole.interactions, start), split_at(whole.baskets, start)
        run.progress("train on the days before the holdout", holdout_starts=str(start))
        known = whole._replace(baskets=baskets.train, interactions=bought.train)
        learnt = learn(known, settings.recommend, seed=seed, as_of=as_of_day(bought.train, start))
        by_user = user_models(learnt, settings.recommend, seed=seed)
        others, log = _cart_models(run, baskets, learnt.catalogue)
        by_cart = [*cart_models(learnt, settings.recommend), *others]
        run.progress("rank the whole catalogue for users and baskets of the holdout")
        tasks = {
            "next_period": (next_period_cases(*bought), by_user),
            "cart": (cart_cases(bought.train, baskets.holdout, seed=seed), by_cart),
        }
        explore = explore_cases(*bought)
        if explore.isEmpty():
            run.progress("explore is not judged: nobody bought anything new to them in the holdout")
        else:
            tasks["explore"] = (explore, by_user)
        judged = [_judged(run, task, cases, learnt, models) for task, (cases, models) in tasks.items()]
        run.write(tables.METRICS, reduce(DataFrame.unionByName, judged))
        run.write(tables.VALIDATION_LOG, log)


def _purchases(run):
    """What was bought, by the level of the settings."""
    baskets, items, users = run.read(tables.BASKETS), run.read(tables.ITEMS), run.read(tables.USERS)
    level = run.settings.evaluation.level
    if level == "item":
        return Purchases(baskets, run.read(tables.INTERACTIONS), items, users)
    told = at_level(baskets, items, level)
    return Purchases(told, interactions_of(told), items_at(items, level), users)


def _cart_models(run, baskets, catalogue):
    """The rules and embeddings of the same days, and how the embeddings did on the holdout while they were trained."""
    settings = run.settings
    run.progress("mine rules and train embeddings on the same days")
    rules = mine_rules(baskets.train, settings.mining).rules
    trained = train_embeddings(baskets.train, settings.embeddings, settings.seed, run.progress, baskets.holdout)
    return [rule_model(rules, catalogue), embedding_model(trained.embeddings, catalogue)], trained.log


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
