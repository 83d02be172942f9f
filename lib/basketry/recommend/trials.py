"""What many ways of ranking find of the same cases, in one pass over them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from basketry.recommend.blend import POPULARITY, Blend
from basketry.recommend.catalogue import Catalogue, catalogue_of
from basketry.recommend.learnt import Learnt, Purchases, factors_of
from basketry.recommend.lists import batch_of, blocks, filled, spread
from basketry.recommend.models import factor_model
from basketry.recommend.scorers import Batch, Flags, Scorer
from basketry.recommend.search import Weights
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.suite import cart_blend, user_blends
from basketry.recommend.weights import decayed_counts, item_popularity

HITS = T.StructType(
    [
        T.StructField("case_id", T.StringType(), False),
        T.StructField("user_id", T.StringType()),
        T.StructField("n_relevant", T.IntegerType(), False),
        T.StructField("hits", T.ArrayType(T.BooleanType(), False), False),
    ]
)


def blends_of(learnt: Learnt, settings: RecommendSettings, *, seed: int) -> dict[str, Blend]:
    """The blends whose weights are settings, by the name of their section in recommend."""
    users = user_blends(learnt, settings, seed=seed)
    return {"habit": users.habit, "explore": users.explore, "cart": cart_blend(learnt, settings)}


def weights_of(blend: Blend) -> Weights:
    """The weight of each source, in the order of the blend's sources."""
    return {model.name: weight for model, weight in blend.models} | {POPULARITY: blend.popularity_weight}


def weighed(blend: Blend, weights: Weights) -> Blend:
    """The same models by these weights."""
    models = tuple((model, weights[model.name]) for model, _ in blend.models)
    return replace(blend, models=models, popularity_weight=weights[POPULARITY])


def hits_of_als(
    cases: DataFrame, bought: Purchases, settings: RecommendSettings, k: int, *, seed: int, as_of: date
) -> pa.Table:
    """`hits` of ALS alone, fitted with these settings. Raises as fit_als does."""
    counts = decayed_counts(bought.interactions, as_of=as_of, half_life_days=settings.half_life_days).persist()
    factors = factors_of(counts, bought, settings, seed=seed)
    catalogue = catalogue_of(item_popularity(counts))
    # One row a user on the right: no case is repeated.
    told = cases.join(factors.users, on="user_id", how="left")
    found = hits(told, [factor_model(factors.items, catalogue)], catalogue, k)
    counts.unpersist()
    return found


def hits(cases: DataFrame, scorers: Sequence[Scorer], catalogue: Catalogue, k: int) -> pa.Table:
    """(case_id, user_id, n_relevant, hits), sorted by case_id: whether the item at each of the k places of a scorer's
    list is relevant, the scorers one after the other [scorers * k]. Key: case_id.

    `cases` and lists are those of ranked_lists; cases also have the array relevant. What scorers have in common is
    computed once a block: a worker holds one array of scores a model of all blends, and one more. The driver holds a
    byte a case, scorer and place.
    """
    shared = cases.sparkSession.sparkContext.broadcast((scorers, catalogue))

    def find(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        models, items = shared.value
        for block in blocks(batches, len(items.items)):
            yield hits_of_block(block, models, items, k)

    return spread(cases).mapInPandas(find, HITS).toArrow().sort_by("case_id")


def hits_of_block(cases: pd.DataFrame, scorers: Sequence[Scorer], catalogue: Catalogue, k: int) -> pd.DataFrame:
    """The rows of `hits` for one block of cases."""
    batch = batch_of(cases, catalogue)
    relevant = catalogue.matrix(cases["relevant"]).toarray() > 0
    found = [_hits(scorer, batch, relevant, k, catalogue) for scorer in scorers]
    return pd.DataFrame(
        {
            "case_id": cases["case_id"],
            "user_id": cases["user_id"],
            "n_relevant": cases["relevant"].map(len).astype(np.int32),
            "hits": list(np.concatenate(found, axis=1)),
        }
    )


def _hits(scorer: Scorer, batch: Batch, relevant: Flags, k: int, catalogue: Catalogue) -> Flags:
    """[cases, k]."""
    found = np.zeros((len(relevant), k), dtype=np.bool_)
    # Not batch.scores, which would keep the scores of every blend.
    for ranked in filled(scorer, scorer.score(batch), batch, k, catalogue):
        found[ranked.row, ranked.place] = relevant[ranked.row, ranked.column]
    return found
