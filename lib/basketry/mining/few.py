"""What fewer than mining.min_users users bought is left out of what is published, and counted.

Users are counted exactly. Fewer users buy more items together, never more users: so what is kept of the itemsets has
all their subsets, and rules and what they are judged by are those of the kept ones.
"""

from collections.abc import Callable

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.mining.itemsets import Itemsets
from basketry.mining.profiles import profile
from basketry.mining.settings import MiningSettings

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


def told(say: Say, what: str, every: DataFrame, kept: DataFrame, min_users: int) -> DataFrame:
    """`kept`, in memory, once it is said how many of `every` it lacks."""
    n, n_kept = every.count(), kept.persist().count()
    say(f"left out, of fewer than {min_users} users: {n - n_kept:,} of {n:,} {what}")
    return kept
