"""Scorers built from the tables a model was published in. All collect one row an item or rule to the driver."""

from typing import Literal

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Ints
from basketry.recommend.scorers import ByEmbeddings, ByFactors, ByItems, ByPairs, ByRules

# Baskets with both, and as many expected, added to every pair: few baskets say little.
PAIR_PRIOR = 3.0


def factor_model(item_factors: DataFrame, catalogue: Catalogue) -> ByFactors:
    """ALS scores from (item_id, factors)."""
    found, columns = _placed(item_factors.select("item_id", "factors"), catalogue)
    return ByFactors(columns, stacked(found["factors"]))


def embedding_model(embeddings: DataFrame, catalogue: Catalogue, name: str = "embeddings") -> ByEmbeddings:
    """Completion scores from (item_id, vector_in, vector_out, bias)."""
    found, columns = _placed(embeddings.select("item_id", "vector_in", "vector_out", "bias"), catalogue)
    vectors_in, vectors_out = stacked(found["vector_in"]), stacked(found["vector_out"])
    return ByEmbeddings(columns, vectors_in, vectors_out, found["bias"].to_numpy(dtype=np.float32), name)


def rule_model(rules: DataFrame, catalogue: Catalogue) -> ByRules:
    """Confidences from (antecedent, consequent, confidence); rules with one consequent in the catalogue."""
    single = rules.select("antecedent", "consequent", "confidence").where("size(consequent) = 1").toPandas()
    target = catalogue.positions([c[0] for c in single["consequent"]])
    single, target = single[target >= 0], target[target >= 0]
    columns, targets = np.unique(target, return_inverse=True)
    return ByRules(
        columns,
        sparse.csr_array(catalogue.matrix(single["antecedent"]).T),
        np.array([len(a) for a in single["antecedent"]], dtype=np.int64),
        single["confidence"].to_numpy(dtype=np.float64),
        targets,
    )


def pair_model(pairs: DataFrame, catalogue: Catalogue) -> ByPairs:
    """Log adjusted lifts from (item_a, item_b, n_ab, expected), shrunk as PAIR_PRIOR says."""
    found = pairs.select("item_a", "item_b", "n_ab", "expected").toPandas()
    one, other = catalogue.positions(found["item_a"]), catalogue.positions(found["item_b"])
    known = (one >= 0) & (other >= 0)
    said = np.log(found["n_ab"] + PAIR_PRIOR) - np.log(found["expected"] + PAIR_PRIOR)
    size = len(catalogue.items)
    half = sparse.csr_array((said[known], (one[known], other[known])), shape=(size, size))
    return ByPairs(sparse.csr_array(half + half.T), np.log(catalogue.popularity))


def item_model(affinities: DataFrame, catalogue: Catalogue, kind: str, given: Literal["cart", "bought"]) -> ByItems:
    """Item-item scores from the rows of one kind of gold.item_affinities."""
    found = affinities.where(F.col("kind") == kind).select("item_id", "other_item_id", "weight").toPandas()
    row, column = catalogue.positions(found["item_id"]), catalogue.positions(found["other_item_id"])
    known = (row >= 0) & (column >= 0)
    size = len(catalogue.items)
    weights = sparse.csr_array((found["weight"][known], (row[known], column[known])), shape=(size, size))
    return ByItems(weights, given, kind)


def stacked(vectors: pd.Series) -> Floats:
    """[rows, length] from a column of equally long arrays."""
    return np.stack([np.asarray(v, dtype=np.float32) for v in vectors]) if len(vectors) else np.empty((0, 0))


def _placed(table: DataFrame, catalogue: Catalogue) -> tuple[pd.DataFrame, Ints]:
    """The rows of items in the catalogue, by position, and those positions."""
    found = table.toPandas()
    place = catalogue.positions(found["item_id"])
    order = np.argsort(place, kind="stable")
    order = order[place[order] >= 0]
    return found.iloc[order].reset_index(drop=True), place[order]
