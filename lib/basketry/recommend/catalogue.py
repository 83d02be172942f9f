"""The items that can be recommended, as arrays on one machine: one string and one number an item."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame
from scipy import sparse

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
# Dense: minus infinity where a model has nothing to say. Sparse: only what it has to say is stored.
Scores = Floats | sparse.csr_array


@dataclass(frozen=True)
class Catalogue:
    """`items` sorted by id, so that order of position is order of id; `popularity` beside them."""

    items: npt.NDArray[np.object_]
    popularity: npt.NDArray[np.float64]

    @cached_property
    def index(self) -> pd.Index:
        return pd.Index(self.items)

    @cached_property
    def most_popular(self) -> Ints:
        """Positions, most popular first; equals by id."""
        return np.argsort(-self.popularity, kind="stable")

    def positions(self, ids: npt.ArrayLike) -> Ints:
        """The position of each id; -1 where the catalogue lacks it."""
        return np.asarray(self.index.get_indexer(pd.Index(np.asarray(ids, dtype=object))))

    def matrix(self, lists: pd.Series, values: pd.Series | None = None) -> sparse.csr_array:
        """[lists, items]: `values` (1 when not given) at the items of each list; unknown items and null lists drop."""
        lengths = [0 if ids is None else len(ids) for ids in lists]
        if not sum(lengths):
            return sparse.csr_array((len(lists), len(self.items)), dtype=np.float64)
        column = self.positions(_joined(lists))
        row = np.repeat(np.arange(len(lists)), lengths)
        value = np.ones(len(column)) if values is None else _joined(values).astype(np.float64)
        known = column >= 0
        shape = (len(lists), len(self.items))
        return sparse.csr_array((value[known], (row[known], column[known])), shape=shape)


def catalogue_of(popularity: DataFrame) -> Catalogue:
    """The catalogue of (item_id, popularity)."""
    found = popularity.select("item_id", "popularity").toPandas().sort_values("item_id")
    return Catalogue(found["item_id"].to_numpy(dtype=object), found["popularity"].to_numpy(dtype=np.float64))


def _joined(lists: pd.Series) -> npt.NDArray[np.generic]:
    return np.concatenate([np.asarray(ids) for ids in lists if ids is not None])
