"""Ranked lists for many cases: blocks of scores in Spark's Python workers, in bounded memory."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import types as T
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Scores
from basketry.recommend.models import stacked
from basketry.recommend.scorers import Batch, Scorer
from basketry.recommend.topk import Ranked, popular_rest, top_k

# Scores of one block: 2^23 numbers, 32 to 64 MiB; a worker holds three such arrays, and one a part of a blend.
BLOCK_CELLS = 2**23
POPULARITY = "popularity"

LISTS = T.StructType(
    [
        T.StructField("model", T.StringType(), False),
        T.StructField("case_id", T.StringType(), False),
        T.StructField("position", T.IntegerType(), False),
        T.StructField("item_id", T.StringType(), False),
        T.StructField("score", T.DoubleType(), False),
        T.StructField("source", T.StringType(), False),
    ]
)


def ranked_lists(cases: DataFrame, scorers: Sequence[Scorer], catalogue: Catalogue, k: int) -> DataFrame:
    """(model, case_id, position, item_id, score, source): each scorer's k best items of each case, ties by item_id.

    Key: model, case_id, position. `cases` has case_id and any of user_id, the arrays cart, masked (items never
    listed), factors, and the columns of histories. A case the scorer knows too little of is filled up with the most
    popular items, source 'popularity' and their share of purchases as score: no case is missing, no score NaN.
    """
    shared = cases.sparkSession.sparkContext.broadcast((scorers, catalogue))

    def rank(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        models, items = shared.value
        for block in blocks(batches, len(items.items)):
            yield rank_block(block, models, items, k)

    return spread(cases).mapInPandas(rank, LISTS)


def spread(cases: DataFrame) -> DataFrame:
    """`cases` in one task a core: adaptive execution would put their few bytes into one, whatever they cost to rank."""
    return cases.repartition(cases.sparkSession.sparkContext.defaultParallelism, "case_id")


def blocks(batches: Iterator[pd.DataFrame], n_items: int) -> Iterator[pd.DataFrame]:
    """The batches cut so that a block's scores stay within BLOCK_CELLS."""
    size = max(1, BLOCK_CELLS // max(1, n_items))
    for batch in batches:
        yield from (batch.iloc[start : start + size] for start in range(0, len(batch), size))


def rank_block(cases: pd.DataFrame, scorers: Sequence[Scorer], catalogue: Catalogue, k: int) -> pd.DataFrame:
    """The rows of `ranked_lists` for one block of cases."""
    batch = batch_of(cases, catalogue)
    frames = []
    for scorer in scorers:
        best, rest = filled(scorer, batch.scores(scorer), batch, k, catalogue)
        frames += [
            _frame(cases, ranked, catalogue).assign(model=scorer.name, source=source)
            for ranked, source in ((best, scorer.name), (rest, POPULARITY))
        ]
    return pd.concat(frames)[LISTS.names]


def filled(scorer: Scorer, scores: Scores, batch: Batch, k: int, catalogue: Catalogue) -> tuple[Ranked, Ranked]:
    """The k best by `scores`, which are the scorer's, and the popular items that fill up what is short of k.

    Columns of both are positions in the catalogue.
    """
    best = top_k(scores, batch.masked[:, scorer.columns], k)
    best = best._replace(column=scorer.columns[best.column])
    return best, popular_rest(best, batch.masked, k, catalogue)


def batch_of(cases: pd.DataFrame, catalogue: Catalogue) -> Batch:
    """The arrays of a block of cases; a column that is not there counts as empty."""
    vectors = _column(cases, "factors")
    return Batch(
        users=np.array([user or "" for user in _column(cases, "user_id")], dtype=object),
        cart=catalogue.matrix(_column(cases, "cart")),
        bought=_told(cases, "counts", catalogue),
        recent=_told(cases, "recent", catalogue),
        masked=catalogue.matrix(_column(cases, "masked")),
        visits=_numbers(cases, "visits"),
        recent_visits=_numbers(cases, "recent_visits"),
        has_factors=vectors.notna().to_numpy(),
        factors=stacked(vectors.dropna()),
    )


def _column(cases: pd.DataFrame, name: str) -> pd.Series:
    return cases[name] if name in cases else pd.Series([None] * len(cases), dtype=object)


def _told(cases: pd.DataFrame, name: str, catalogue: Catalogue) -> sparse.csr_array:
    """The numbers of this name at what was bought."""
    return catalogue.matrix(_column(cases, "bought" if name in cases else name), _column(cases, name))


def _numbers(cases: pd.DataFrame, name: str) -> Floats:
    return np.asarray(np.nan_to_num(_column(cases, name).to_numpy(dtype=np.float64)))


def _frame(cases: pd.DataFrame, ranked: Ranked, catalogue: Catalogue) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_id": cases["case_id"].to_numpy(dtype=object)[ranked.row],
            "position": (ranked.place + 1).astype(np.int32),
            "item_id": catalogue.items[ranked.column],
            "score": ranked.score.astype(np.float64),
        }
    )
