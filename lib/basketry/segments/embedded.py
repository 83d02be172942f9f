"""The mean embedding of what a user buys."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.segments.arrays import Floats, Names


def mean_embeddings(baskets: DataFrame, embeddings: DataFrame, users: Names) -> Floats:
    """[U, embedding_dim]: mean of the unit vectors of a user's distinct known items; 0 for who bought none.

    Each task holds the vectors of every item. Raises ContractError without embeddings.
    """
    known = embeddings.select("item_id", "vector_in").orderBy("item_id").toPandas()
    if known.empty:
        raise ContractError(
            "gold.item_embeddings: no rows, which segments.weight_embeddings above 0 needs; run train_embeddings, or "
            "set it to 0"
        )
    vectors = np.stack(list(known["vector_in"])).astype(float)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    at = pd.Series(np.arange(len(known)), index=known["item_id"])

    def means(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            found = [unit[at.reindex(items).dropna().to_numpy(int)] for items in batch["items"]]
            mean = [rows.mean(axis=0) if len(rows) else np.zeros(unit.shape[1]) for rows in found]
            yield pd.DataFrame({"user_id": batch["user_id"], "mean": mean})

    items = baskets.where(F.col("user_id").isNotNull()).select("user_id", F.explode("items").alias("item_id"))
    # Sorted, so that a mean of doubles is the same for any partitioning.
    lists = items.groupBy("user_id").agg(F.array_sort(F.collect_set("item_id")).alias("items"))
    told = lists.mapInPandas(means, "user_id string, mean array<double>").toPandas().set_index("user_id")["mean"]
    return np.stack([told.get(user, np.zeros(unit.shape[1])) for user in users])
