"""What an item in the cart says of every other item: cosine of pair counts, and EASE."""

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from scipy import sparse

from basketry.errors import ContractError, SettingsError
from basketry.recommend.catalogue import Catalogue, Floats
from basketry.recommend.gram import gram
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.topk import top_k
from basketry.tables import ITEM_AFFINITIES

MIB = 2**20


def item_affinities(baskets: DataFrame, catalogue: Catalogue, settings: RecommendSettings) -> DataFrame:
    """Rows of gold.item_affinities among the most popular items, the strongest of each item, by both methods.

    Raises SettingsError when the dense matrices would not fit in affinity_memory_mib.
    """
    items = most_popular(catalogue, settings.affinity_items)
    check_memory(len(items.items), settings.affinity_memory_mib)
    counts = gram(baskets, items, settings.affinity_size_power)
    if not counts.any():
        raise ContractError("item affinities: no basket holds any of the known items; check the period of the baskets")
    found = {"cosine": cosine(counts), "ease": ease(counts, settings.affinity_ridge)}
    rows = pd.concat([_strongest(kind, each, items, settings.n_affinities) for kind, each in found.items()])
    return baskets.sparkSession.createDataFrame(rows[ITEM_AFFINITIES.column_names], ITEM_AFFINITIES.schema)


def most_popular(catalogue: Catalogue, n: int) -> Catalogue:
    """The n most popular items of a catalogue, again by id."""
    kept = np.sort(catalogue.most_popular[:n])
    return Catalogue(catalogue.items[kept], catalogue.popularity[kept])


def check_memory(n_items: int, memory_mib: int) -> None:
    """Four dense matrices of float64 stand side by side: the counts, both results and the inverse."""
    needed = 4 * 8 * n_items**2 / MIB
    if needed > memory_mib:
        fits = int((memory_mib * MIB / 32) ** 0.5)
        raise SettingsError(
            f"recommend.affinity_items = {n_items} needs {needed:,.0f} MiB, recommend.affinity_memory_mib allows "
            f"{memory_mib:,}: {fits:,} items would fit"
        )


def cosine(counts: Floats) -> Floats:
    """counts[i, j] / sqrt(counts[i, i] counts[j, j]); 0 on the diagonal and for items in no basket."""
    length = np.sqrt(np.diag(counts))
    found = np.zeros_like(counts)
    np.divide(counts, np.outer(length, length), out=found, where=counts > 0)
    np.fill_diagonal(found, 0)
    return found


def ease(counts: Floats, ridge: float) -> Floats:
    """The item-item weights that best rebuild each basket from its other items (Steck 2019, EASE, equation 8).

    B[i, j] = -P[i, j] / P[j, j] with P the inverse of counts + ridge; 0 on the diagonal.
    """
    inverse = np.linalg.inv(counts + ridge * np.eye(len(counts)))
    found: Floats = np.asarray(-inverse / np.diag(inverse)[None, :])
    np.fill_diagonal(found, 0)
    return found


def _strongest(kind: str, weights: Floats, items: Catalogue, n: int) -> pd.DataFrame:
    """The n entries of each row furthest from 0."""
    size = len(items.items)
    best = top_k(np.abs(weights), sparse.csr_array(np.eye(size)), min(n, max(size - 1, 1)))
    return pd.DataFrame(
        {
            "kind": kind,
            "item_id": items.items[best.row],
            "position": (best.place + 1).astype(np.int32),
            "other_item_id": items.items[best.column],
            "weight": weights[best.row, best.column],
        }
    )
