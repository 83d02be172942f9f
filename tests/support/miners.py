"""The same baskets by an independent miner and by ours."""

import fim

from basketry.mining.itemsets import extent_of, frequent_itemsets
from basketry.mining.limits import Limits
from tests.support.tables import rows


def baskets_frame(spark, baskets):
    return spark.createDataFrame([(list(b),) for b in baskets], "items array<string>")


def by_pyfim(baskets, min_count, max_length):
    return {tuple(sorted(items)): freq for items, freq in fim.fpgrowth(baskets, supp=-min_count, zmax=max_length)}


def by_us(df, min_count, max_length, engine="mllib"):
    found = frequent_itemsets(df, extent_of(df), Limits(min_count, max_length, 1_000_000), engine)
    return dict(rows(found, "items", "freq"))
