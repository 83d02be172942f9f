"""Fit ALS and item-item weights, and list what to recommend to each user and beside each item.

reads silver.baskets, silver.interactions, silver.items, silver.users, gold.pairs, gold.metrics, gold.drift; writes
gold.user_factors, gold.item_factors, gold.item_affinities, gold.recommendations, gold.similar_items,
gold.excluded_items
"""

from basketry import tables
from basketry.gates import pass_drift, pass_gate
from basketry.job import job
from basketry.recommend.learnt import Purchases
from basketry.recommend.recommend import keep_others, recommend


def main(argv=None):
    with job("train_als", argv) as run:
        pass_gate(run, run.read(tables.METRICS, is_optional=True))
        pass_drift(run, run.read(tables.DRIFT, is_optional=True))
        bought = Purchases(
            run.read(tables.BASKETS), run.read(tables.INTERACTIONS), run.read(tables.ITEMS), run.read(tables.USERS)
        )
        settings, pairs = run.settings, run.read(tables.PAIRS, is_optional=True)
        made = recommend(bought, pairs, settings.recommend, seed=settings.seed, to_on=run.arguments.to_on)
        lists = made.recommendations
        if settings.recommend.lists.only_users:
            lists = keep_others(lists, run.current(tables.RECOMMENDATIONS))
        run.write(tables.USER_FACTORS, made.user_factors)
        run.write(tables.ITEM_FACTORS, made.item_factors)
        run.write(tables.ITEM_AFFINITIES, made.item_affinities)
        run.write(tables.RECOMMENDATIONS, lists)
        run.write(tables.SIMILAR_ITEMS, made.similar_items)
        run.write(tables.EXCLUDED_ITEMS, made.excluded_items)


if __name__ == "__main__":
    main()
