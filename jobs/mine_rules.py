"""Mine itemsets, rules, pairs and sequences from the baskets of a period, and weigh them against chance.

What is counted goes on from the counts of the last run and what changed since.
reads silver.baskets, silver.items; writes gold.itemsets, gold.rules, gold.rule_changes, gold.pairs, gold.pair_counts,
gold.item_counts, gold.strata, gold.sequences, gold.sequence_patterns, gold.left_out, gold.rule_trends
"""

from basketry import tables
from basketry.job import job
from basketry.mining.changes import changed_rules
from basketry.mining.mine import mine
from basketry.mining.signed import state_of
from basketry.mining.since import COUNTED_BY, Past
from basketry.since import since_last_run

INPUTS = (tables.BASKETS, tables.ITEMS)
COUNTS = (tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS)


def main(argv=None):
    with job("mine_rules", argv) as run:
        baskets, items = run.read(tables.BASKETS), run.read(tables.ITEMS)
        since = since_last_run(run, INPUTS, COUNTS, COUNTED_BY)
        past = past_of(run, since) if since else None
        found = mine(baskets, items, run.settings.mining, past, say=run.progress)
        run.write(tables.ITEMSETS, found.itemsets)
        # What changed is written first: of a run that is killed in between, the next one finds the same.
        rules = found.rules.persist()
        run.write(tables.RULE_CHANGES, changed_rules(run.current(tables.RULES), rules))
        run.write(tables.RULES, rules)
        run.write(tables.PAIRS, found.pairs)
        run.write(tables.PAIR_COUNTS, found.pair_counts)
        run.write(tables.ITEM_COUNTS, found.item_counts)
        run.write(tables.STRATA, found.strata)
        run.write(tables.SEQUENCES, found.sequences)
        run.write(tables.SEQUENCE_PATTERNS, found.sequence_patterns)
        run.write(tables.LEFT_OUT, found.left_out)
        run.write(tables.RULE_TRENDS, found.rule_trends)


def past_of(run, since):
    baskets, items = since.inputs
    then = state_of(baskets, items, run.settings.mining)
    counts = run.current(tables.STRATA), run.current(tables.ITEM_COUNTS), run.current(tables.PAIR_COUNTS)
    return Past(then, since.feed, *counts)


if __name__ == "__main__":
    main()
