"""Items of the types a user buys: the share of visits that goes to a type, spread over its items by popularity."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Ints
from basketry.recommend.scorers import Batch


@dataclass(frozen=True)
class ByTypes:
    """Purchases of the item's type a visit, times the item's share of all purchases of that type.

    `columns`: items with a type; `types`, `shares` [columns]: the type's place in `names`, and that share.
    """

    columns: Ints
    types: Ints
    shares: Floats
    names: npt.NDArray[np.object_]
    n_items: int
    name: str = "types"

    @cached_property
    def membership(self) -> sparse.csr_array:
        """[items of the catalogue, types]: 1 where the item is of the type."""
        shape = (self.n_items, len(self.names))
        return sparse.csr_array((np.ones(len(self.types)), (self.columns, self.types)), shape=shape)

    def type_at(self, item: Ints) -> Ints:
        """The place in `names` of the type of items in `columns`."""
        return self.types[np.searchsorted(self.columns, item)]

    def score(self, batch: Batch) -> Floats:
        of_type = (batch.shares() @ self.membership).toarray()
        return np.asarray(of_type[:, self.types] * self.shares)


def type_model(items: DataFrame, catalogue: Catalogue) -> ByTypes:
    """From silver.items; without a column `type` (when items are told by their type already) it says nothing."""
    typed = items.select("item_id", "type" if "type" in items.columns else F.lit(None).cast("string").alias("type"))
    found = typed.dropna().toPandas()
    place = catalogue.positions(found["item_id"])
    order = np.argsort(place, kind="stable")
    order = order[place[order] >= 0]
    columns = place[order]
    names, types = np.unique(found["type"].to_numpy(dtype=object)[order], return_inverse=True)
    popularity = catalogue.popularity[columns]
    shares = popularity / np.bincount(types, weights=popularity, minlength=1)[types]
    return ByTypes(columns, types, shares, names, len(catalogue.items))
