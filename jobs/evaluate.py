"""Judge every model on what it never saw: each is trained again on what came before, by the code that publishes it.

reads silver.baskets, silver.interactions, silver.items, silver.users; writes gold.metrics, gold.validation_log
"""

from basketry import tables
from basketry.embeddings.checkpoints import checkpoint_folder, forget
from basketry.embeddings.embeddings import train_embeddings
from basketry.evaluation.cases import CART, OF_USERS, cart_cases, explore_cases, next_period_cases, repeat_cases
from basketry.evaluation.judge import judge_of
from basketry.evaluation.last import with_last
from basketry.evaluation.levels import interactions_of, items_at
from basketry.evaluation.pairs import compare_pairs
from basketry.evaluation.splits import part
from basketry.job import job
from basketry.mining.levels import at_level
from basketry.mining.pairs import find_pairs
from basketry.mining.periods import last_weeks
from basketry.mining.rules import mine_rules
from basketry.mining.segments import user_segments
from basketry.mining.together import pairs_before_and_later
from basketry.recommend.again import again_name, answers_and_again
from basketry.recommend.learnt import Purchases, learn
from basketry.recommend.models import embedding_model, item_model, pair_model, rule_model
from basketry.recommend.ppmi import ppmi_model
from basketry.recommend.recommend import answers
from basketry.recommend.suite import cart_blend, cart_models, user_models
from basketry.recommend.wide import Chances, wide_blends


def main(argv=None):
    with job("evaluate", argv) as run:
        settings, seed = run.settings, run.settings.seed
        last = run.current(tables.METRICS)
        whole = _purchases(run)
        bought = part(whole.baskets, whole.interactions, settings.evaluation, run.arguments.to_on)
        run.progress("train on what came before the cut", split=settings.evaluation.split, as_of=str(bought.as_of))
        known = whole._replace(baskets=bought.baskets.train, interactions=bought.interactions.train)
        learnt = learn(known, settings.recommend, seed=seed, as_of=bought.as_of)
        run.progress("mine rules and train embeddings on the same")
        mined = last_weeks(known.baskets, settings.mining.weeks)
        rules = mine_rules(mined, settings.mining).rules
        trained = _embeddings(run, known, bought.baskets.holdout)
        others = [
            rule_model(rules, learnt.catalogue),
            pair_model(find_pairs(mined, None, settings.mining).pairs, learnt.catalogue),
            embedding_model(trained.embeddings, learnt.catalogue),
            *_without_next(run, known, learnt.catalogue),
            *_wide(run, learnt, trained.embeddings, rules),
            ppmi_model(known.baskets, trained.embeddings, learnt.catalogue),
        ]
        run.progress("rank the whole catalogue for users and baskets held out")
        judge = judge_of(known.interactions, whole.items, _segments(whole, settings), settings.evaluation, seed=seed)
        found = [
            *_of_users(run, judge, bought, learnt),
            *_of_carts(judge, bought, learnt, [*cart_models(learnt, settings.recommend), *others]),
            *_of_pairs(run, bought, trained.embeddings),
        ]
        run.write(tables.METRICS, with_last(found, last, settings.evaluation))
        run.write(tables.VALIDATION_LOG, trained.log)
        forget(_checkpoints(run))


def _embeddings(run, known, holdout):
    """Trained on what was bought before the cut, from a checkpoint if an earlier run was killed meanwhile."""
    settings, keep = run.settings, _checkpoints(run)
    return train_embeddings(known.baskets, known.items, settings.embeddings, settings.seed, run.progress, holdout, keep)


def _without_next(run, known, catalogue):
    """What the second task does to the vectors: a model of those trained without it; none where there is no such."""
    settings, keep = run.settings.embeddings, _checkpoints(run)
    if not settings.next_weight:
        return []
    run.progress("train embeddings without next purchases, to be judged beside")
    alone = settings.model_copy(update={"next_weight": 0.0})
    # Within the folder of what is judged, and so forgotten with it.
    how = {"keep": keep and keep / "without_next"}
    trained = train_embeddings(known.baskets, known.items, alone, run.settings.seed, run.progress, **how)
    return [embedding_model(trained.embeddings, catalogue, "embeddings_without_next")]


def _wide(run, learnt, embeddings, rules):
    """What vectors, counts and rules would add to a cart's list."""
    settings, known = run.settings.recommend, learnt.catalogue
    more = (
        (Chances(embedding_model(embeddings, known)), settings.wide.embeddings),
        (item_model(learnt.affinities, known, "cosine", "cart"), settings.wide.cosine),
        (rule_model(rules, known), settings.wide.rules),
    )
    return wide_blends(cart_blend(learnt, settings), more)


def _checkpoints(run):
    """Of what is judged; a replay does all of it again, and a dry run leaves nothing behind."""
    if run.scratch or run.arguments.dry_run:
        return None
    return checkpoint_folder(run.settings.embeddings, run.store, "judged")


def _purchases(run):
    """What was bought, by the level of the settings; its baskets with sold_at, which tells a user's last one."""
    receipts, items, users = run.read(tables.BASKETS), run.read(tables.ITEMS), run.read(tables.USERS)
    level = run.settings.evaluation.level
    told = at_level(receipts, items, level)
    interactions, named = run.read(tables.INTERACTIONS), items
    if level != "item":
        interactions, named = interactions_of(told), items_at(items, level)
    if run.settings.evaluation.split == "last_basket":
        told = told.join(receipts.select("basket_id", "sold_at"), on="basket_id", how="inner")
    return Purchases(told, interactions, named, users)


def _segments(whole, settings):
    """(user_id, segment) of mining.user_segments, where that names a file."""
    file = settings.mining.user_segments
    return user_segments(whole.baskets, file) if file else None


def _of_users(run, judge, bought, learnt):
    """All that users buy, what of it they bought before, what is new to them: the first two are ranked in one pass."""
    names, models = OF_USERS[judge.settings.split], user_models(learnt, run.settings.recommend, seed=judge.seed)
    users = judge.chosen(next_period_cases(*bought.interactions))
    lists = answers_and_again(users.select("case_id", "user_id"), learnt, models, judge.places).toArrow()
    yield from judge.rows(names.whole, users, lists, {model.name: model.name for model in models})
    again, new = repeat_cases(users), explore_cases(users)
    if again.isEmpty():
        run.progress(f"{names.repeat} is not judged: nobody bought anything again in the holdout")
    else:
        yield from judge.rows(names.repeat, again, lists, {model.name: again_name(model.name) for model in models})
    if new.isEmpty():
        run.progress(f"{names.explore} is not judged: nobody bought anything new to them in the holdout")
    else:
        lists = answers(new.select("case_id", "user_id", "masked"), learnt, models, judge.places).toArrow()
        yield from judge.rows(names.explore, new, lists, {model.name: model.name for model in models})


def _of_carts(judge, bought, learnt, models):
    """The item that is missing in a cart."""
    carts = judge.chosen(cart_cases(bought.interactions.train, bought.baskets.holdout, seed=judge.seed))
    told = carts.select("case_id", "user_id", "cart", "masked")
    lists = answers(told, learnt, models, judge.places).toArrow()
    return judge.rows(CART, carts, lists, {model.name: model.name for model in models})


def _of_pairs(run, bought, embeddings):
    """Whether two items go together."""
    settings = run.settings.evaluation
    run.progress("count pairs before and after the cut")
    pairs = pairs_before_and_later(bought.baskets.train, bought.baskets.holdout, settings.pair_min_expected)
    found = compare_pairs(pairs, embeddings, settings, seed=run.settings.seed)
    if not found:
        run.progress("pair is not judged: in the holdout no pair goes together, or all do", pairs=len(pairs))
    return found


if __name__ == "__main__":
    main()
