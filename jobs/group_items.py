"""Group items that are bought alike, and judge the groups against known ones and by later baskets.

reads silver.items, silver.baskets, gold.pairs, gold.item_embeddings; writes gold.item_groups, gold.item_tree,
gold.group_quality
"""

from basketry import tables
from basketry.job import job
from basketry.segments.groups import Sources, group_items


def main(argv=None):
    with job("group_items", argv) as run:
        sources = Sources(
            run.read(tables.ITEMS),
            run.read(tables.BASKETS),
            run.read(tables.PAIRS, is_optional=True),
            run.read(tables.ITEM_EMBEDDINGS, is_optional=True),
            unseen_days=run.settings.mining.holdout_days,
        )
        found = group_items(sources, run.settings.segments.groups, seed=run.settings.seed, say=run.progress)
        run.write(tables.ITEM_GROUPS, found.groups)
        run.write(tables.ITEM_TREE, found.tree)
        run.write(tables.GROUP_QUALITY, found.quality)


if __name__ == "__main__":
    main()
