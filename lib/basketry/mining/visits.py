"""A user's days in the shop: the baskets of one day are one visit. Baskets without a user take no part."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Batches, code, flat
from basketry.mining.counts import whole_users
from basketry.mining.windows import Visits


def visits_of(baskets: DataFrame) -> DataFrame:
    """Visits (user_id, sold_on, items) of baskets at a level; key user_id, sold_on."""
    known = baskets.where(F.col("user_id").isNotNull())
    days = known.groupBy("user_id", "sold_on").agg(F.flatten(F.collect_list("items")).alias("items"))
    return days.select("user_id", "sold_on", F.array_sort(F.array_distinct("items")).alias("items"))


def shuffled(visits: DataFrame, seed: int) -> DataFrame:
    """Visits whose contents are dealt anew among the dates of their user; the same on any partitioning."""
    drawn = F.struct(F.xxhash64(F.lit(seed), "user_id", "sold_on").alias("order"), "items")
    dealt = visits.groupBy("user_id").agg(
        F.array_sort(F.collect_list("sold_on")).alias("sold_on"), F.array_sort(F.collect_list(drawn)).alias("drawn")
    )
    pairs = dealt.select("user_id", F.explode(F.arrays_zip("sold_on", "drawn")).alias("visit"))
    return pairs.select("user_id", "visit.sold_on", F.col("visit.drawn.items").alias("items"))


def in_order(visits: DataFrame, labels: list[str]) -> DataFrame:
    """Visits (items as positions in `labels`, who, day), a user's in one partition and by day; day since 1970.

    A visit without any of the labels stays: it is a date that something else could have fallen on.
    """
    named = visits.select("items", F.col("user_id").alias("who"), F.unix_date("sold_on").alias("day"))
    return code(named, labels, "who", "day").repartition("who").sortWithinPartitions("who", "day")


def blocks(batches: Batches, n_items: int) -> Iterator[Visits]:
    """The visits of whole users, a block of users at a time."""
    return (_visits(block, n_items) for block in whole_users(batches))


def _visits(block: pa.Table, n_items: int) -> Visits:
    rows, items = flat(block["items"].combine_chunks())
    held = sp.csr_matrix((np.ones(len(rows)), (rows, items)), shape=(len(block), n_items))
    users = block["who"].combine_chunks().dictionary_encode().indices
    return Visits(users.to_numpy().astype(np.int64), block["day"].to_numpy().astype(np.int64), held)
