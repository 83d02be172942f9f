"""Weighted counts of pairs of items in baskets, exact whatever the partitions."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats

# A basket's weight as a whole number of these: sums of integers do not depend on their order.
UNIT = 2**32


def gram(baskets: DataFrame, items: Catalogue, size_power: float) -> Floats:
    """[items, items]: the weight of the baskets that hold both; a basket of n of the items weighs n^-size_power."""
    half = half_gram(baskets, items, size_power).toarray()
    return np.asarray(half + half.T - np.diag(np.diag(half)))


def half_gram(baskets: DataFrame, items: Catalogue, size_power: float) -> sparse.csr_array:
    """The same on and above the diagonal, where there is any.

    `baskets` has the array `items`, each item once. Each task adds up its own baskets and hands over one number a
    pair it saw. On the driver: some 30 bytes for each two items that any basket holds.
    """
    shared = baskets.sparkSession.sparkContext.broadcast(items)

    def count(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        known = shared.value
        total = sparse.csr_array((len(known.items), len(known.items)), dtype=np.int64)
        for batch in batches:
            total = total + _counted(known.matrix(batch["items"]), size_power)
        found = sparse.triu(total).tocoo()
        yield pd.DataFrame({"row": found.row, "column": found.col, "weight": found.data})

    parts = baskets.select("items").mapInPandas(count, "row int, column int, weight bigint")
    found = parts.groupBy("row", "column").agg(F.sum("weight").alias("weight")).toPandas()
    return sparse.csr_array((found["weight"] / UNIT, (found["row"], found["column"])), shape=(len(items.items),) * 2)


def _counted(held: sparse.csr_array, size_power: float) -> sparse.csr_array:
    """`held`: [baskets, items], 1 where the basket holds the item."""
    held = held.astype(np.int64)
    sizes = np.maximum(np.diff(held.indptr), 1).astype(np.float64)
    weights = np.rint(UNIT * sizes**-size_power).astype(np.int64)
    return sparse.csr_array(held.T @ sparse.csr_array(sparse.diags_array(weights, dtype=np.int64) @ held))
