"""Factors of users as their purchases stand now, for the items' factors as they were learnt."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry.errors import TrainingError
from basketry.recommend.als import check_weights
from basketry.recommend.catalogue import Floats
from basketry.recommend.lists import blocks
from basketry.recommend.models import stacked
from basketry.recommend.settings import RecommendSettings

FOLDED = T.StructType(
    [
        T.StructField("user_id", T.StringType(), False),
        T.StructField("factors", T.ArrayType(T.FloatType(), False), False),
    ]
)


def fold_in(weights: DataFrame, item_factors: DataFrame, settings: RecommendSettings) -> DataFrame:
    """(user_id, factors [rank]): what the last half-step of ALS, that of the users, gives for these item factors.

    Key: user_id. `weights`: (user_id, item_id, weight), all a user bought, one row a pair; `item_factors`: (item_id,
    factors), one row an item to the driver. Items without factors drop, and users left with none have no row.
    Raises ContractError on weights as fit_als does, but for having none; TrainingError when the items' factors leave
    a user's undetermined.
    """
    known = item_factors.select("item_id", "factors").toPandas().sort_values("item_id")
    index, vectors = pd.Index(known["item_id"].to_numpy(dtype=object)), stacked(known["factors"]).astype(np.float64)
    gram = vectors.T @ vectors
    _check_determined(gram, settings.regularization)
    shared = weights.sparkSession.sparkContext.broadcast((index, vectors, gram))

    def fold(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        items, theirs, whole = shared.value
        for block in blocks(batches, max(whole.size, 1)):
            places = [items.get_indexer(pd.Index(bought)) for bought in block["items"]]
            found = solved(places, list(block["weights"]), theirs, whole, settings)
            yield pd.DataFrame({"user_id": block["user_id"].to_numpy(dtype=object), "factors": list(found)})

    _check(weights)
    bought = weights.join(F.broadcast(item_factors.select("item_id")), on="item_id", how="left_semi")
    return _by_user(bought).mapInPandas(fold, FOLDED)


def solved(
    places: list[np.ndarray], weights: list[np.ndarray], vectors: Floats, gram: Floats, settings: RecommendSettings
) -> Floats:
    """[users, rank]: x of (Y'Y + Y'(C - 1)Y + regularization * n) x = Y'C p for each user of n items (Hu, Koren and
    Volinsky 2008, equation 4; regularised by the purchases as Zhou et al. 2008 and MLlib do).

    `vectors` is Y [items, rank], `gram` Y'Y. `places` and `weights` hold an array a user: rows of Y that were bought,
    each with confidence C = 1 + alpha * weight; of all others C is 1 and p 0. User by user: a sum does not depend on
    who else is in the block.
    """
    left, right = np.empty((len(places), *gram.shape)), np.empty((len(places), len(gram)))
    for user, (place, weight) in enumerate(zip(places, weights, strict=True)):
        bought, extra = vectors[place], settings.alpha * np.asarray(weight, dtype=np.float64)
        left[user] = gram + bought.T @ (bought * extra[:, None])
        left[user] += settings.regularization * len(place) * np.eye(len(gram))
        right[user] = (1 + extra) @ bought
    return np.linalg.solve(left, right[:, :, None])[:, :, 0].astype(np.float32)


def _check_determined(gram: Floats, regularization: float) -> None:
    """No user's matrix is smaller than that of a first purchase without confidence: when this one has an inverse, all
    have.
    """
    try:
        np.linalg.cholesky(gram + regularization * np.eye(len(gram)))
    except np.linalg.LinAlgError:
        raise TrainingError(
            f"fold-in: the items' factors do not determine a user's [{len(gram)}]; raise recommend.regularization "
            f"(now {regularization:g}) and run train_als"
        ) from None


def _check(weights: DataFrame) -> None:
    if not weights.isEmpty():
        check_weights(weights.withColumnsRenamed({"user_id": "user_index", "item_id": "item_index"}))


def _by_user(weights: DataFrame) -> DataFrame:
    """(user_id, items, weights): arrays in order of item_id, so that sums over them do not depend on the partitions."""
    # ALS takes its weights as floats.
    pair = F.struct("item_id", F.col("weight").cast("float").alias("weight"))
    pairs = F.sort_array(F.collect_list(pair)).alias("pairs")
    items, each = F.col("pairs.item_id").alias("items"), F.col("pairs.weight").alias("weights")
    return weights.groupBy("user_id").agg(pairs).select("user_id", items, each)
