"""What reasons are told with: names, counts of baskets and pairs of every item, and each user's purchases."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Ints
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.wording import Together

EPOCH = date(1970, 1, 1)


class Evidence(NamedTuple):
    """What users' lists are told with beside what was learnt: silver of the period, gold.pairs, gold.excluded_items."""

    baskets: DataFrame
    interactions: DataFrame
    items: DataFrame
    pairs: DataFrame
    excluded: DataFrame


@dataclass(frozen=True)
class Pairs:
    """`index` [items, items] holds 1 + the place of the pair, both ways, in `both` (baskets) and `lift` (NaN: null)."""

    index: sparse.csr_array
    both: Ints
    lift: Floats

    def of(self, one: int, other: int) -> tuple[int, float | None] | None:
        """Baskets with both and their adjusted lift; None when gold.pairs lacks the pair."""
        place = int(self.index[one, other]) - 1
        if place < 0:
            return None
        return int(self.both[place]), None if np.isnan(self.lift[place]) else float(self.lift[place])


@dataclass(frozen=True)
class Facts:
    """By position in the catalogue: `names`, `n_baskets` (baskets with the item, of `n`) and `n_mined` (of gold.pairs).

    `alpha` and `regularization` are those that the factors were learnt with.
    """

    names: npt.NDArray[np.object_]
    n_baskets: Ints
    n: int
    pairs: Pairs
    n_mined: Ints
    alpha: float
    regularization: float

    def together(self, speaker: int, item: int) -> Together | None:
        """What gold.pairs says of `item` in the baskets with `speaker`."""
        found = self.pairs.of(speaker, item)
        return None if found is None else Together(found[0], int(self.n_mined[speaker]), found[1])


def facts_of(evidence: Evidence, affinities: DataFrame, catalogue: Catalogue, settings: RecommendSettings) -> Facts:
    """One row an item, and one a pair that EASE can name, are collected to the driver."""
    held = evidence.baskets.select(F.explode("items").alias("item_id")).groupBy("item_id").agg(F.count("*").alias("n"))
    names = evidence.items.select("item_id", "name").toPandas()
    pairs = _named_by_ease(evidence.pairs, affinities).toPandas()
    return Facts(
        _spread(names["item_id"], names["name"], catalogue, catalogue.items),
        _counted(held.toPandas(), catalogue),
        evidence.baskets.count(),
        pairs_of(pairs, catalogue),
        _counted(_mined(pairs), catalogue),
        settings.alpha,
        settings.regularization,
    )


def purchases(interactions: DataFrame) -> DataFrame:
    """(user_id, items, n_baskets, last_days): arrays in order of item_id; last_days are days since 1970-01-01.

    Key: user_id. Nothing is decayed.
    """
    days = F.datediff("sold_on", F.lit(EPOCH)).alias("day")
    each = (
        interactions.select("user_id", "item_id", "n_baskets", days)
        .groupBy("user_id", "item_id")
        .agg(F.sum("n_baskets").alias("n"), F.max("day").alias("day"))
    )
    whole = F.sort_array(F.collect_list(F.struct("item_id", "n", "day"))).alias("each")
    columns = {"items": "item_id", "n_baskets": "n", "last_days": "day"}
    return (
        each.groupBy("user_id")
        .agg(whole)
        .select("user_id", *[F.col(f"each.{field}").alias(name) for name, field in columns.items()])
    )


def pairs_of(pairs: pd.DataFrame, catalogue: Catalogue) -> Pairs:
    """From (item_a, item_b, n_ab, adjusted_lift)."""
    one, other = catalogue.positions(pairs["item_a"]), catalogue.positions(pairs["item_b"])
    known = np.flatnonzero((one >= 0) & (other >= 0))
    place, size = np.tile(known + 1, 2), len(catalogue.items)
    row, column = np.r_[one[known], other[known]], np.r_[other[known], one[known]]
    index = sparse.csr_array((place, (row, column)), shape=(size, size))
    lift = pairs["adjusted_lift"].to_numpy(dtype=np.float64, na_value=np.nan)
    return Pairs(index, pairs["n_ab"].to_numpy(dtype=np.int64), lift)


def _named_by_ease(pairs: DataFrame, affinities: DataFrame) -> DataFrame:
    """(item_a, item_b, n_ab, n_a, n_b, adjusted_lift): pairs of items of which one says something of the other."""
    ease = affinities.where("kind = 'ease'").select(
        F.least("item_id", "other_item_id").alias("item_a"), F.greatest("item_id", "other_item_id").alias("item_b")
    )
    items = pairs.where("level = 'item'").select("item_a", "item_b", "n_ab", "n_a", "n_b", "adjusted_lift")
    return items.join(F.broadcast(ease), on=["item_a", "item_b"], how="left_semi")


def _mined(pairs: pd.DataFrame) -> pd.DataFrame:
    """(item_id, n): baskets with the item among those mined; the pairs of an item all say the same."""
    sides = [pairs[[f"item_{side}", f"n_{side}"]].set_axis(["item_id", "n"], axis="columns") for side in ("a", "b")]
    return pd.concat(sides).drop_duplicates("item_id")


def _counted(found: pd.DataFrame, catalogue: Catalogue) -> Ints:
    """`n` by position; 0 for items without a row."""
    return _spread(found["item_id"], found["n"], catalogue, np.zeros(len(catalogue.items), dtype=np.int64))


def _spread(ids: pd.Series, values: pd.Series, catalogue: Catalogue, default: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values by position, the default where there is none."""
    whole, place = default.copy(), catalogue.positions(ids)
    whole[place[place >= 0]] = values.to_numpy()[place >= 0]
    return whole
