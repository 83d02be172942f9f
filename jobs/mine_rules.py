"""Mine itemsets, rules, pairs and sequences from the baskets of a period, and weigh them against chance.

reads silver.baskets, silver.items; writes gold.itemsets, gold.rules, gold.pairs, gold.pair_counts, gold.item_counts,
gold.strata, gold.sequences, gold.sequence_patterns
"""

from basketry import tables
from basketry.job import job
from basketry.mining.mine import mine


def main(argv=None):
    with job("mine_rules", argv) as run:
        found = mine(run.read(tables.BASKETS), run.read(tables.ITEMS), run.settings.mining, say=run.progress)
        run.write(tables.ITEMSETS, found.itemsets)
        run.write(tables.RULES, found.rules)
        run.write(tables.PAIRS, found.pairs)
        run.write(tables.PAIR_COUNTS, found.pair_counts)
        run.write(tables.ITEM_COUNTS, found.item_counts)
        run.write(tables.STRATA, found.strata)
        run.write(tables.SEQUENCES, found.sequences)
        run.write(tables.SEQUENCE_PATTERNS, found.sequence_patterns)


if __name__ == "__main__":
    main()
