"""A vector for each user, where the items that the user buys lie."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.tables import USER_EMBEDDINGS


def user_vectors(baskets: DataFrame, items: list[str], vectors: NDArray[np.float32]) -> DataFrame:
    """gold.user_embeddings; key user_id: the mean of the vectors [items, dim] of the items that a user bought, each as
    often as the user's baskets hold it. Users of no such item have none. Each task holds the vectors.
    """
    spark = baskets.sparkSession
    known = spark.createDataFrame(pa.table({"item_id": items, "index": pa.array(range(len(items)), pa.int32())}))
    bought = baskets.where(F.col("user_id").isNotNull()).select("user_id", F.explode("items").alias("item_id"))
    counts = bought.join(F.broadcast(known), on="item_id", how="inner").groupBy("user_id", "index").count()
    # Sorted, so that a mean of floats is the same for any partitioning.
    lists = counts.groupBy("user_id").agg(F.array_sort(F.collect_list(F.struct("index", "count"))).alias("bought"))
    plain = lists.select("user_id", F.col("bought.index").alias("items"), F.col("bought.count").alias("times"))
    shared = spark.sparkContext.broadcast(vectors)

    def means(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            pairs = zip(batch["items"], batch["times"], strict=True)
            found = [mean_vector(shared.value, items, times) for items, times in pairs]
            yield pd.DataFrame({"user_id": batch["user_id"], "vector": found, "n_items": batch["items"].map(len)})

    return plain.mapInPandas(means, USER_EMBEDDINGS.schema)


def mean_vector(vectors: NDArray[np.float32], items: NDArray[np.int32], times: NDArray[np.int64]) -> list[float]:
    """[dim], summed in double precision."""
    mean: list[float] = (times @ vectors[items].astype(np.float64) / times.sum()).tolist()
    return mean
