"""What lists may hold and whose lists are made, by recommend.lists."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.errors import ContractError
from basketry.recommend.catalogue import Catalogue, Floats, Ints
from basketry.recommend.scorers import Flags
from basketry.recommend.settings import ListSettings
from basketry.recommend.topk import top_k
from basketry.tables import EXCLUDED_ITEMS
from basketry.tables.given import read_ids


@dataclass(frozen=True)
class Allowed:
    """`excluded` [items]: in no list; `category` [items]: a number of each item's, -1 without one."""

    excluded: Flags
    category: Ints
    max_per_category: int | None = None
    min_score: float | None = None

    def only(self, scores: Floats) -> Floats:
        """`scores` [cases, items] with minus infinity where an item may not be listed, whatever the length of the list.

        Of a category only its best items stay, ties by position: a list of the best that stay is the list that takes
        one item after the other, best first, and passes over those of categories that are full.
        """
        low = np.zeros_like(self.excluded) if self.min_score is None else scores < self.min_score
        kept = np.where(self.excluded | low, -np.inf, scores)
        return kept if self.max_per_category is None else self._capped(kept, self.max_per_category)

    def _capped(self, scores: Floats, most: int) -> Floats:
        kept = np.where(self.category < 0, scores, -np.inf)
        sizes = np.bincount(self.category[self.category >= 0])
        for number in np.flatnonzero(sizes):
            place = np.flatnonzero(self.category == number)
            best = top_k(scores[:, place], sparse.csr_array((len(scores), len(place))), most)
            kept[best.row, place[best.column]] = best.score
        return kept


def allowed_of(catalogue: Catalogue, items: DataFrame, excluded: DataFrame, settings: ListSettings) -> Allowed:
    """From silver.items and gold.excluded_items: one row an item is collected to the driver."""
    closed = np.isin(catalogue.items, excluded.select("item_id").toPandas()["item_id"].to_numpy(dtype=object))
    return Allowed(closed, _categories(catalogue, items), settings.max_per_category, settings.min_score)


def excluded_items(items: DataFrame, settings: ListSettings) -> DataFrame:
    """Rows of gold.excluded_items: every item of silver.items that a setting keeps out, once a setting.

    Raises ContractError when silver.items lacks an item or category that the settings name, or every item of the file;
    MissingInputError without the file.
    """
    session = items.sparkSession
    found = [
        _named(items, "item_id", settings.exclude_items, "exclude_items"),
        _named(items, "category", settings.exclude_categories, "exclude_categories"),
    ]
    if settings.out_of_stock:
        gone = read_ids(session, settings.out_of_stock, "item_id", "recommend.lists.out_of_stock")
        known = items.join(gone, on="item_id", how="left_semi")
        _some(known, f"recommend.lists.out_of_stock: {settings.out_of_stock} has no item that silver.items knows")
        found.append(known.select("item_id", F.lit("out_of_stock").alias("rule")))
    rows = reduce(DataFrame.unionByName, found)
    return session.createDataFrame(rows.orderBy("item_id", "rule").collect(), EXCLUDED_ITEMS.schema)


def chosen_users(users: DataFrame, settings: ListSettings) -> DataFrame:
    """The rows of `users` that lists are made for. Raises as `excluded_items` does."""
    if settings.only_users is None:
        return users
    wanted = read_ids(users.sparkSession, settings.only_users, "user_id", "recommend.lists.only_users")
    chosen = users.join(wanted, on="user_id", how="left_semi")
    _some(chosen, f"recommend.lists.only_users: {settings.only_users} has no user that silver.users knows")
    return chosen


def _named(items: DataFrame, column: str, names: tuple[str, ...], rule: str) -> DataFrame:
    """(item_id, rule) of the items whose column is one of the names, each of which must be there."""
    held = items.where(F.col(column).isin(list(names)))
    unknown = sorted(set(names) - {row[0] for row in held.select(column).distinct().collect()}) if names else []
    if unknown:
        raise ContractError(
            f"recommend.lists.{rule}: silver.items has no {column} {', '.join(map(repr, unknown))}; "
            "`basketry show silver.items` lists them"
        )
    return held.select("item_id", F.lit(rule).alias("rule"))


def _some(rows: DataFrame, fault: str) -> None:
    if rows.isEmpty():
        raise ContractError(f"{fault}; does it name them as the source does?")


def _categories(catalogue: Catalogue, items: DataFrame) -> Ints:
    """A number of each item's category by position; -1 for items without one."""
    found = items.select("item_id", "category").dropna().toPandas()
    place = catalogue.positions(found["item_id"])
    numbers = np.full(len(catalogue.items), -1)
    numbers[place[place >= 0]] = np.unique(found["category"][place >= 0], return_inverse=True)[1]
    return numbers
