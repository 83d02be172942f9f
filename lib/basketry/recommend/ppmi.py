"""Vectors by counting alone: what learnt ones must beat."""

import numpy as np
from pyspark.sql import DataFrame
from scipy import sparse
from scipy.sparse.linalg import svds

from basketry.recommend.catalogue import Catalogue, Floats
from basketry.recommend.gram import half_gram
from basketry.recommend.scorers import ByEmbeddings

NAME = "ppmi_svd"
# More would meet in more pairs than a driver should hold; the rarer ones are then not scored.
MOST_ITEMS = 20_000
# Longer ones rank a little better for much time: README, "Item embeddings".
LONGEST = 64


def ppmi_model(baskets: DataFrame, embeddings: DataFrame, catalogue: Catalogue) -> ByEmbeddings:
    """Scores among the items of `embeddings` that are not cold, the MOST_ITEMS most popular, by vectors as long as
    theirs, at most LONGEST, plus log popularity. On the driver: as `half_gram`.
    """
    found = embeddings.where("not is_cold").select("item_id", "vector_in").toPandas()
    placed = catalogue.positions(found["item_id"])
    columns = np.sort(catalogue.most_popular[np.isin(catalogue.most_popular, placed)][:MOST_ITEMS])
    known = Catalogue(catalogue.items[columns], catalogue.popularity[columns])
    half = sparse.triu(half_gram(baskets, known, size_power=0.0), k=1)
    dim = min(LONGEST, len(found["vector_in"].iloc[0]))
    vectors = ppmi_vectors(sparse.csr_array(half + half.T), dim)
    return ByEmbeddings(columns, *vectors, np.log(known.popularity).astype(np.float32), name=NAME)


def ppmi_vectors(together: sparse.csr_array, dim: int) -> tuple[Floats, Floats]:
    """(in, out) [items, dim] whose products come nearest to the positive pointwise mutual information of `together`
    [items, items], baskets with both and nothing on the diagonal (Levy and Goldberg 2014, the root of the singular
    values on either side). The same each time: the search starts at ones. Fewer numbers than dim where there are not
    more items.
    """
    each = together.sum(axis=1)
    pairs = sparse.coo_array(together)
    said = np.log(pairs.data * each.sum() / (each[pairs.row] * each[pairs.col]))
    ppmi = sparse.csr_array((np.maximum(said, 0), (pairs.row, pairs.col)), shape=together.shape)
    ppmi.eliminate_zeros()
    if not ppmi.nnz:
        return np.zeros((len(each), dim)), np.zeros((len(each), dim))
    left, size, right = svds(ppmi, k=min(dim, len(each) - 1), v0=np.ones(len(each)))
    return left * np.sqrt(size), right.T * np.sqrt(size)
