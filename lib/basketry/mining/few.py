"""What fewer than mining.min_users users bought is left out of what is published, and counted.

Users are counted exactly. Fewer users buy more items together, never more users: so what is kept of the itemsets has
all their subsets, and rules and what they are judged by are those of the kept ones.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.errors import ContractError
from basketry.mining.itemsets import Itemsets
from basketry.mining.profiles import profile
from basketry.mining.settings import MiningSettings
from basketry.tables.left_out import LEFT_OUT

Say = Callable[..., None]


def refuse_nobody(baskets: DataFrame, settings: MiningSettings) -> None:
    """Raises ContractError when users are asked for and no basket names one: everything would be left out."""
    if settings.min_users and baskets.where(F.col("user_id").isNotNull()).isEmpty():
        raise ContractError(
            f"silver.baskets: mining.min_users = {settings.min_users}, and no basket names a user: nothing could be "
            "published; set it to 0"
        )


def itemsets_of_enough(found: Itemsets, baskets: DataFrame, min_users: int) -> Itemsets:
    """Those that min_users distinct users bought together. On the driver: all of them, and as `profile`."""
    rows = found.itemsets.toArrow()
    users = profile(baskets, [tuple(items) for items in rows["items"].to_pylist()]).users
    kept = found.itemsets.sparkSession.createDataFrame(rows.filter(pa.array(users >= min_users)))
    return found._replace(itemsets=kept.persist())


def pairs_of_enough(pairs: DataFrame, min_users: int) -> DataFrame:
    """Of gold.pairs: those of min_users users, and those that nobody bought together, which tell of nobody."""
    return pairs.where((F.col("n_users") >= min_users) | (F.col("n_ab") == 0))


class Kept(NamedTuple):
    """What is published of `what`, in memory, and how many of the `n` found are not."""

    what: str
    rows: DataFrame
    n: int
    n_left_out: int


def told(say: Say, what: str, every: DataFrame, kept: DataFrame, min_users: int) -> Kept:
    """`kept` of `every`, once it is said how many it lacks."""
    n, n_kept = every.count(), kept.persist().count()
    say(f"left out, of fewer than {min_users} users: {n - n_kept:,} of {n:,} {what}")
    return Kept(what, kept, n, n - n_kept)


def left_out(spark: SparkSession, segment: str, found: Iterable[Kept], min_users: int) -> DataFrame:
    """gold.left_out of one level and segment, without the level."""
    rows = [(segment, kept.what, kept.n, kept.n_left_out, min_users) for kept in found]
    return spark.createDataFrame(rows, T.StructType(LEFT_OUT.schema.fields[1:]))
