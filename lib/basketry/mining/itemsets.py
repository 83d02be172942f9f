"""Frequent itemsets by MLlib's FPGrowth, exact at the threshold."""

from typing import NamedTuple

from pyspark.ml.fpm import FPGrowth
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import decode, encode, frequent_items
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import count_at_support

# One tree of this many lines is grown in seconds; each further partition copies its trees through a shuffle.
LINES_PER_PARTITION = 5_000_000


class Itemsets(NamedTuple):
    """`itemsets` (items sorted, size, freq, support, is_closed, is_maximal; key items), in how many baskets."""

    itemsets: DataFrame
    n_baskets: int


def mine_itemsets(baskets: DataFrame, settings: MiningSettings) -> Itemsets:
    """Every itemset in at least `min_support` of the baskets and no longer than `max_length`; kept in memory."""
    n_baskets = baskets.count()
    # One item longer than asked for, to know which of the longest are closed and maximal.
    found = frequent_itemsets(baskets, count_at_support(settings.min_support, n_baskets), settings.max_length + 1)
    flagged = with_closure(found.persist()).where(F.size("items") <= settings.max_length)
    shaped = flagged.select(
        "items",
        F.size("items").alias("size"),
        "freq",
        (F.col("freq") / F.lit(n_baskets)).alias("support"),
        "is_closed",
        "is_maximal",
    )
    return Itemsets(shaped.persist(), n_baskets)


def frequent_itemsets(baskets: DataFrame, min_count: int, max_length: int) -> DataFrame:
    """Itemsets (items sorted, freq) that at least `min_count` baskets hold, of at most `max_length` items."""
    labels = frequent_items(baskets, min_count)
    coded = encode(baskets, labels).persist()
    size = coded.agg(F.count("*").alias("n"), F.coalesce(F.sum(F.size("items")), F.lit(0)).alias("lines")).collect()[0]
    miner = FPGrowth(
        itemsCol="items",
        # Just below the wanted count: MLlib rounds minSupport * n up, and a division may land above it.
        minSupport=(min_count - 1e-6) / max(size["n"], min_count),
        numPartitions=1 + size["lines"] // LINES_PER_PARTITION,
    )
    found = miner.fit(coded).freqItemsets.where(F.size("items") <= max_length)
    return decode(found, labels)


def with_closure(itemsets: DataFrame) -> DataFrame:
    """Adds is_closed (no larger itemset has the same freq) and is_maximal (no larger itemset is frequent).

    An itemset that has a larger one with its freq has one with just one item more, so those suffice.
    """
    larger = itemsets.where(F.size("items") > 1).select("freq", "items", F.explode("items").alias("item"))
    above = larger.groupBy(F.array_remove("items", F.col("item")).alias("items")).agg(F.max("freq").alias("above"))
    return itemsets.join(above, on="items", how="left").select(
        "items",
        "freq",
        (F.coalesce(F.col("above"), F.lit(0)) < F.col("freq")).alias("is_closed"),
        F.col("above").isNull().alias("is_maximal"),
    )
