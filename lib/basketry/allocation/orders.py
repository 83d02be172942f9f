"""Orders as a sparse matrix of the planned items, on the driver."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.allocation.settings import AllocationSettings
from basketry.errors import ContractError

Array = npt.NDArray[Any]


class Orders(NamedTuple):
    """Orders alike are one row: `holds` [orders, items] (0/1, CSR), `weight` [orders] how many they are.

    `is_whole` [orders]: every item of the order is planned. `user` [orders]: a code, each anonymous order its own.
    `total` counts orders without any planned item too.
    """

    holds: sparse.csr_matrix
    weight: Array
    is_whole: Array
    user: Array
    total: int

    def where(self, chosen: Array) -> "Orders":
        """The chosen rows [orders]; the total stays."""
        return Orders(self.holds[chosen], self.weight[chosen], self.is_whole[chosen], self.user[chosen], self.total)


class Parted(NamedTuple):
    """Orders to learn from, and the later ones that a plan is judged on."""

    learnt: Orders
    later: Orders


def first_day_after(baskets: DataFrame, holdout_days: int) -> date:
    """The first day of the holdout: its last day is the last that something was sold on.

    Raises ContractError when no day would be left to learn from.
    """
    first, last = baskets.agg(F.min("sold_on"), F.max("sold_on")).first() or (None, None)
    if last is None or last - timedelta(days=holdout_days - 1) <= first:
        raise ContractError(
            f"allocation.holdout_days = {holdout_days}: silver.baskets has days from {first} to {last}, and none would "
            "be left to learn from; lower it"
        )
    start: date = last - timedelta(days=holdout_days - 1)
    return start


def most_sold(baskets: DataFrame, items: DataFrame, before: date, also: set[str], n_items: int) -> pd.DataFrame:
    """The n_items of most baskets sold before that day, and those of `also`: item_id, name, category, n_baskets.

    Most sold first, ties by item_id. Raises ContractError for an item of `also` that silver.items lacks.
    """
    counts = baskets.where(F.col("sold_on") < F.lit(before)).select(F.explode("items").alias("item_id"))
    counts = counts.groupBy("item_id").agg(F.count("*").alias("n_baskets"))
    first = counts.orderBy(F.desc("n_baskets"), "item_id").limit(n_items).select("item_id")
    asked = items.sparkSession.createDataFrame([(item,) for item in sorted(also)], "item_id string")
    known = items.select("item_id", "name", F.coalesce("category", "department", F.lit("")).alias("category"))
    found = first.union(asked).distinct().join(known, "item_id", "left").join(counts, "item_id", "left")
    catalogue = found.fillna({"n_baskets": 0, "category": ""}).toPandas()
    unknown = sorted(set(catalogue.loc[catalogue["name"].isna(), "item_id"]) & also)
    if unknown:
        raise ContractError(f"allocation.fixed: silver.items has no item {', '.join(unknown)}")
    catalogue["name"] = catalogue["name"].fillna(catalogue["item_id"])
    return catalogue.sort_values(["n_baskets", "item_id"], ascending=[False, True], ignore_index=True)


def gather_orders(baskets: DataFrame, catalogue: pd.DataFrame, before: date, settings: AllocationSettings) -> Parted:
    """The orders of both periods, items in the order of the catalogue.

    Raises ContractError when they are more than allocation.max_entries, or a period has none.
    """
    is_learnt = F.col("sold_on") < F.lit(before)
    totals = {row["is_learnt"]: row["count"] for row in baskets.groupBy(is_learnt.alias("is_learnt")).count().collect()}
    alike = _alike(baskets, catalogue, is_learnt).persist()
    entries = alike.agg(F.sum(F.size("places"))).first()[0] or 0  # type: ignore[index]
    if entries > settings.max_entries:
        raise ContractError(
            f"allocation: the orders hold {entries:,} planned items, more than allocation.max_entries = "
            f"{settings.max_entries:,}: lower allocation.n_items, choose a shorter period (--from), or raise it"
        )
    found = alike.toPandas()
    alike.unpersist()
    parts = [_orders(found[found["is_learnt"] == part], len(catalogue), totals.get(part, 0)) for part in (True, False)]
    if not all(len(part.weight) for part in parts):
        raise ContractError("allocation: one of the periods before and after the cut has no order of a planned item")
    return Parted(*parts)


def _alike(baskets: DataFrame, catalogue: pd.DataFrame, is_learnt: Column) -> DataFrame:
    """is_learnt, user_id, is_whole, places (sorted), n_orders."""
    coded = pd.DataFrame({"item_id": catalogue["item_id"], "place": np.arange(len(catalogue), dtype=np.int32)})
    places = F.broadcast(baskets.sparkSession.createDataFrame(coded))
    lines = baskets.select(
        "basket_id",
        F.coalesce("user_id", F.concat(F.lit("\0"), "basket_id")).alias("user_id"),
        "n_items",
        is_learnt.alias("is_learnt"),
        F.explode("items").alias("item_id"),
    )
    each = lines.join(places, "item_id", "inner").groupBy("basket_id", "user_id", "n_items", "is_learnt")
    orders = each.agg(F.sort_array(F.collect_list("place")).alias("places"))
    is_whole = (F.size("places") == F.col("n_items")).alias("is_whole")
    return orders.groupBy("is_learnt", "user_id", is_whole, "places").agg(F.count("*").alias("n_orders"))


def _orders(found: pd.DataFrame, n_items: int, total: int) -> Orders:
    sizes = found["places"].map(len).to_numpy(np.int64)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    places = np.concatenate([*found["places"], np.zeros(0, np.int32)]).astype(np.int32)
    holds = sparse.csr_matrix((np.ones(len(places), np.int64), places, ends), shape=(len(found), n_items))
    users = pd.factorize(found["user_id"], sort=True)[0]
    return Orders(holds, found["n_orders"].to_numpy(np.int64), found["is_whole"].to_numpy(bool), users, total)
