"""Baskets of like size: every size by itself up to 60, then bins no wider than 5 %.

Any two popular items meet more often than independence says, because large baskets hold more of everything;
within one size they do not. Coarse strata let that through where baskets are heavy-tailed.
"""

from typing import Any

import numpy as np
from pyspark.sql import Column
from pyspark.sql import functions as F

EXACT_UP_TO = 60
LARGEST = 100_000


def _edges() -> list[int]:
    """The smallest size of each bin above EXACT_UP_TO."""
    edges = [EXACT_UP_TO + 1]
    while edges[-1] < LARGEST:
        edges.append(max(edges[-1] + 1, edges[-1] * 21 // 20))
    return edges


EDGES = _edges()


def stratum(n_items: Column) -> Column:
    """The smallest size of the basket's stratum."""
    edges = F.array(*[F.lit(edge) for edge in EDGES])
    binned = F.array_max(F.filter(edges, lambda edge: edge <= n_items))
    return F.when(n_items <= EXACT_UP_TO, n_items).otherwise(binned)


def strata_of(sizes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same for an array of sizes."""
    binned = np.asarray(EDGES)[np.searchsorted(EDGES, np.maximum(sizes, EDGES[0]), side="right") - 1]
    return np.where(sizes <= EXACT_UP_TO, sizes, binned)
