"""Frequent itemsets of baskets, exact at the threshold, with what is closed and maximal."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from basketry.errors import SettingsError
from basketry.mining.coding import decode, encode, frequent_items
from basketry.mining.limits import Limits
from basketry.mining.native import native_itemsets, native_itemsets_of_few
from basketry.mining.settings import Engine, MiningSettings
from basketry.mining.thresholds import smallest_count
from basketry.mining.trimming import Trimming, trim

# One tree of this many lines is grown in seconds; each further partition copies its trees through a shuffle.
LINES_PER_PARTITION = 5_000_000
# What one task can hold as arrays of numbers and mine in less time than it takes to shard them.
LINES_PER_TASK = 50_000_000


class Itemsets(NamedTuple):
    """`itemsets` (items sorted, size, freq, support, is_closed, is_maximal; key items), in how many baskets."""

    itemsets: DataFrame
    n_baskets: int


class Extent(NamedTuple):
    """How much there is to mine: baskets, and items summed over them."""

    n_baskets: int
    n_lines: int


def mine_itemsets(baskets: DataFrame, settings: MiningSettings) -> Itemsets:
    """Every itemset in at least `min_support` of the baskets and no longer than `max_length`; kept in memory.

    With `top_k` the most frequent of them, ties by fewer items and then by name, so that their subsets are there too.
    """
    extent = extent_of(baskets)
    n_baskets = extent.n_baskets
    # One item longer than asked for, to know which of the longest are closed and maximal.
    limits = Limits(smallest_count(settings, n_baskets), settings.max_length + 1, settings.max_itemsets)
    return shaped(frequent_itemsets(baskets, extent, limits, settings.engine), n_baskets, settings)


def shaped(found: DataFrame, n_baskets: int, settings: MiningSettings) -> Itemsets:
    """Itemsets (items, freq) of up to one item more than `max_length`, as they are published."""
    flagged = with_closure(found).where(F.size("items") <= settings.max_length)
    whole = flagged.select(
        "items",
        F.size("items").alias("size"),
        "freq",
        (F.col("freq") / F.lit(n_baskets)).alias("support"),
        "is_closed",
        "is_maximal",
    )
    if settings.top_k:
        whole = whole.orderBy(F.desc("freq"), "size", "items").limit(settings.top_k)
    return Itemsets(whole.persist(), n_baskets)


def extent_of(baskets: DataFrame) -> Extent:
    """Counted in one pass."""
    return Extent(*baskets.agg(F.count("*"), F.coalesce(F.sum(F.size("items")), F.lit(0))).collect()[0])


def frequent_itemsets(baskets: DataFrame, extent: Extent, limits: Limits, engine: Engine) -> DataFrame:
    """Itemsets (items sorted, freq) within the limits; kept in memory.

    Raises SettingsError, naming a count that would do, when there are more than `max_itemsets`: few equal baskets of
    40 items have 2^40, and would never end.
    """
    found = _grown(baskets, extent, limits, engine).persist()
    if _is_cut(found):
        found.unpersist()
        raise SettingsError(_too_many(baskets, extent, limits, engine))
    return found


def _grown(baskets: DataFrame, extent: Extent, limits: Limits, engine: Engine) -> DataFrame:
    """Itemsets by the engine, cut off by an itemset of nothing where there are too many."""
    if engine == "native" and extent.n_lines <= LINES_PER_TASK:
        return native_itemsets_of_few(baskets, limits)
    counts = frequent_items(baskets, limits.min_count)
    labels = list(counts)
    trimmed, size = _trimmed(encode(baskets, labels), Trimming(len(labels), limits.min_count))
    n_parts = 1 + size.n_lines // LINES_PER_PARTITION
    mined = (
        native_itemsets(trimmed, n_parts, limits)
        if engine == "native"
        else mllib_itemsets(trimmed, n_parts, limits, size.n_baskets)
    )
    # Trimming leaves the counts of larger itemsets as they are.
    larger = decode(mined, labels, limits.max_length, limits.max_itemsets).where(F.size("items") != 1)
    return larger.union(_single(baskets.sparkSession, counts))


def _trimmed(coded: DataFrame, trimming: Trimming) -> tuple[DataFrame, Extent]:
    """What itemsets of two or more can be made of, in memory, and how much it is."""
    cores = coded.sparkSession.sparkContext.defaultParallelism
    # A file of baskets may well be one partition, and a partition is one core's work.
    spread = (coded.repartition(cores) if coded.rdd.getNumPartitions() < cores else coded).persist()
    trimmed = trim(spread, trimming).persist()
    size = extent_of(trimmed)
    spread.unpersist()
    return trimmed, size


def _single(spark: SparkSession, counts: dict[str, int]) -> DataFrame:
    """Itemsets of one item."""
    schema = pa.schema({"items": pa.list_(pa.string()), "freq": pa.int64()})
    columns = {"items": [[item] for item in counts], "freq": list(counts.values())}
    return spark.createDataFrame(pa.table(columns, schema=schema))


def mllib_itemsets(coded: DataFrame, n_parts: int, limits: Limits, n_baskets: int) -> DataFrame:
    """Itemsets (items, freq) of any length, by MLlib, and one more than `max_itemsets` of them at most."""
    # Just below the wanted count: MLlib rounds minSupport * n up, and a division may land above it.
    support = (limits.min_count - 1e-6) / max(n_baskets, limits.min_count)
    miner = FPGrowth(itemsCol="items", minSupport=support, numPartitions=n_parts)
    # MLlib finds them one after the other, as they are asked for: a limit ends what would never end.
    return miner.fit(coded).freqItemsets.limit(limits.max_itemsets + 1)


def _is_cut(found: DataFrame) -> bool:
    return found.where(F.size("items") == 0).count() > 0


def _too_many(baskets: DataFrame, extent: Extent, limits: Limits, engine: Engine) -> str:
    def fits(min_count: int) -> bool:
        return not _is_cut(_grown(baskets, extent, limits._replace(min_count=min_count), engine))

    enough = next(filter(fits, _doubled(limits.min_count, extent.n_baskets)), None)
    advice = (
        f"{enough} baskets would do (mining.min_count={enough})"
        if enough
        else "no support would do: equal or giant baskets; lower lake.baskets.max_items"
    )
    return (
        f"mine_rules: more than {limits.max_itemsets:,} itemsets (mining.max_itemsets) are in {limits.min_count} of "
        f"{extent.n_baskets:,} baskets or more, so mining was given up; {advice}"
    )


def _doubled(count: int, most: int) -> Iterator[int]:
    while (count := count * 2) <= most:
        yield count


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
