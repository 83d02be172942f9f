"""Segment users by what they do and what they spend on, and say what sets each segment apart.

reads silver.lines, silver.baskets, silver.users, silver.items, gold.item_embeddings, gold.rules; writes
gold.user_segments, gold.segments, gold.segment_tree, gold.segment_choices, gold.segment_profiles, gold.segment_items,
gold.segment_rules, gold.segment_generalisation
"""

from basketry import tables
from basketry.job import job
from basketry.segments.rows import Receipts
from basketry.segments.segment import segment_users


def main(argv=None):
    with job("segment_users", argv) as run:
        receipts = Receipts(
            run.read(tables.LINES),
            run.read(tables.BASKETS),
            run.read(tables.USERS),
            run.read(tables.ITEMS),
            run.read(tables.ITEM_EMBEDDINGS, is_optional=True),
            run.read(tables.RULES, is_optional=True),
        )
        last, to_on = run.current(tables.USER_SEGMENTS), run.arguments.to_on
        settings, seed = run.settings.segments, run.settings.seed
        found = segment_users(receipts, last, settings, seed=seed, to_on=to_on, say=run.progress)
        run.write(tables.USER_SEGMENTS, found.user_segments)
        run.write(tables.SEGMENTS, found.segments)
        run.write(tables.SEGMENT_TREE, found.tree)
        run.write(tables.SEGMENT_CHOICES, found.choices)
        run.write(tables.SEGMENT_PROFILES, found.profiles)
        run.write(tables.SEGMENT_ITEMS, found.items)
        run.write(tables.SEGMENT_RULES, found.rules)
        run.write(tables.SEGMENT_GENERALISATION, found.generalisation)


if __name__ == "__main__":
    main()
