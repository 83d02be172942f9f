"""Mine frequent itemsets and association rules from the baskets of a period.

reads silver.baskets; writes gold.itemsets, gold.rules
"""

from basketry import tables
from basketry.job import job
from basketry.mining.rules import mine_rules


def main(argv=None):
    with job("mine_rules", argv) as run:
        mined = mine_rules(run.read(tables.BASKETS), run.settings.mining)
        run.write(tables.ITEMSETS, mined.itemsets)
        run.write(tables.RULES, mined.rules)


if __name__ == "__main__":
    main()
