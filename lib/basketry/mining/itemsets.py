"""Frequent itemsets by MLlib's FPGrowth, exact at the threshold."""

from typing import NamedTuple

from pyspark.ml.fpm import FPGrowth
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import decode, encode
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import count_at_support

# One tree of this many lines is grown in seconds; each further partition copies its trees through a shuffle.
LINES_PER_PARTITION = 5_000_000


class Itemsets(NamedTuple):
    """`itemsets` (items sorted, size, freq, support; key items) and the number of baskets they were counted in."""

    itemsets: DataFrame
    n_baskets: int


def mine_itemsets(baskets: DataFrame, settings: MiningSettings) -> Itemsets:
    """Every itemset in at least `min_support` of the baskets and no longer than `max_length`; kept in memory."""
    n_baskets = baskets.count()
    found = frequent_itemsets(baskets, count_at_support(settings.min_support, n_baskets), settings.max_length)
    shaped = found.select(
        "items",
        F.size("items").alias("size"),
        "freq",
        (F.col("freq") / F.lit(n_baskets)).alias("support"),
    )
    return Itemsets(shaped.persist(), n_baskets)


def frequent_itemsets(baskets: DataFrame, min_count: int, max_length: int) -> DataFrame:
    """Itemsets (items sorted, freq) that at least `min_count` baskets hold, of at most `max_length` items."""
    coded, labels = encode(baskets, min_count)
    coded = coded.persist()
    size = coded.agg(F.count("*").alias("n"), F.coalesce(F.sum(F.size("items")), F.lit(0)).alias("lines")).collect()[0]
    miner = FPGrowth(
        itemsCol="items",
        # Just below the wanted count: MLlib rounds minSupport * n up, and a division may land above it.
        minSupport=(min_count - 1e-6) / max(size["n"], min_count),
        numPartitions=1 + size["lines"] // LINES_PER_PARTITION,
    )
    found = miner.fit(coded).freqItemsets.where(F.size("items") <= max_length)
    return decode(found, labels)
