"""What one user counts for, whoever else there is: so no user changes more than so many counts, each by one."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple, TypeVar

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.privacy.settings import PrivacySettings

Batches = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
Key = TypeVar("Key", bound=Hashable)
SCHEMA = "item string, other string"


class Contribution(NamedTuple):
    """Distinct items, and distinct pairs (the item that sorts first, the other), that a user counts once for."""

    items: list[str]
    pairs: list[tuple[str, str]]


class Counts(NamedTuple):
    """Users by item (item, n) and by pair (item_a, item_b, n), sorted by key: exact, so not to be published."""

    items: pd.DataFrame
    pairs: pd.DataFrame


def contribution(user: str, baskets: Iterable[Sequence[str]], max_items: int, max_pairs: int) -> Contribution:
    """The items in most of the user's baskets, and of these the pairs most often in one.

    A function of this user's baskets alone, in any order: that bounds what one user changes. Ties are broken by a hash,
    or items that sort first would be preferred.
    """
    distinct = [set(basket) for basket in baskets]
    items = _most(Counter(item for basket in distinct for item in basket), max_items, user)
    kept = set(items)
    together = Counter(pair for basket in distinct for pair in combinations(sorted(basket & kept), 2))
    return Contribution(items, _most(together, max_pairs, user))


def count_users(baskets: DataFrame, items: DataFrame, settings: PrivacySettings) -> Counts:
    """What all users of silver.baskets count for; baskets of nobody are left out.

    `items`, silver.items, says what an item is at the level; one of which it does not know is left out. Raises
    ContractError when no basket names a user, or there are more than max_keys to count.
    """
    told = _by_user(baskets, items, settings.level).mapInArrow(_contributions(settings), SCHEMA)
    counted = told.groupBy("item", "other").agg(F.count("*").alias("n")).persist()
    n_keys = counted.count()
    if not n_keys:
        raise ContractError("silver.baskets: no basket names a user and holds a known item; there is nobody to count")
    if n_keys > settings.max_keys:
        raise ContractError(
            f"{n_keys:,} items and pairs to count, more than privacy.max_keys = {settings.max_keys:,}: set a coarser "
            "privacy.level, a smaller privacy.max_pairs, or a larger privacy.max_keys if the driver has the memory"
        )
    found = counted.orderBy("item", "other").toPandas()
    is_pair = found["other"].notna()
    pairs = found[is_pair].rename(columns={"item": "item_a", "other": "item_b"})
    return Counts(found.loc[~is_pair, ["item", "n"]].reset_index(drop=True), pairs.reset_index(drop=True))


def _most(counts: Counter[Key], n: int, user: str) -> list[Key]:
    """The n keys of the largest counts, in no order that means anything."""
    if len(counts) <= n:
        return list(counts)
    least = sorted(counts.values(), reverse=True)[n - 1]
    sure = [key for key, count in counts.items() if count > least]
    # Only keys at the edge are hashed: a user has tens of thousands of pairs.
    edge = sorted((key for key, count in counts.items() if count == least), key=lambda key: (_hash(user, key), key))
    return sure + edge[: n - len(sure)]


def _hash(user: str, key: Hashable) -> bytes:
    return blake2b(repr((user, key)).encode(), digest_size=8).digest()


def _by_user(baskets: DataFrame, items: DataFrame, level: str) -> DataFrame:
    """user_id and baskets, an array of arrays of distinct items; key user_id."""
    named = baskets.where(F.col("user_id").isNotNull())
    if level != "item":
        # One item has one row in silver.items: lines are not multiplied.
        known = items.where(F.col(level).isNotNull()).select("item_id", F.col(level).alias("member"))
        lines = named.select("user_id", "basket_id", F.explode("items").alias("item_id"))
        lines = lines.join(known, on="item_id", how="inner")
        named = lines.groupBy("user_id", "basket_id").agg(F.collect_set("member").alias("items"))
    return named.groupBy("user_id").agg(F.collect_list("items").alias("baskets"))


def _contributions(settings: PrivacySettings) -> Batches:
    bounds = settings.max_items, settings.max_pairs

    def tell(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows: list[tuple[str, str | None]] = []
            for user in batch.to_pylist():
                found = contribution(user["user_id"], user["baskets"], *bounds)
                rows += [*((item, None) for item in found.items), *found.pairs]
            columns = zip(*rows, strict=True) if rows else ([], [])
            yield pa.record_batch([pa.array(c, pa.string()) for c in columns], names=["item", "other"])

    return tell
