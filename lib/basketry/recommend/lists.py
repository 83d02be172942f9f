"""Ranked lists for many cases: blocks of scores in Spark's Python workers, in bounded memory for any number of cases."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from basketry.recommend.catalogue import Catalogue
from basketry.recommend.models import stacked
from basketry.recommend.scorers import Batch, Scorer
from basketry.recommend.topk import Ranked, popular_rest, top_k

# Scores of one block: 2^23 numbers, 32 to 64 MiB; a worker holds about three such arrays at a time.
BLOCK_CELLS = 2**23
POPULARITY = "popularity"

LISTS = T.StructType(
    [
        T.StructField("case_id", T.StringType(), False),
        T.StructField("position", T.IntegerType(), False),
        T.StructField("item_id", T.StringType(), False),
        T.StructField("score", T.DoubleType(), False),
        T.StructField("source", T.StringType(), False),
    ]
)


def ranked_lists(cases: DataFrame, scorer: Scorer, catalogue: Catalogue, k: int) -> DataFrame:
    """(case_id, position, item_id, score, source): the k best items of each case, ties by item_id.

    Key: case_id, position. `cases` has case_id and any of the arrays cart, masked (items never listed),
    bought with counts, factors. A case the scorer knows too little of is filled up with the most popular items,
    source 'popularity' and their share of purchases as score: no case is missing, no score is NaN.
    """
    shared = cases.sparkSession.sparkContext.broadcast((scorer, catalogue))

    def rank(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        model, items = shared.value
        size = max(1, BLOCK_CELLS // max(1, len(items.items)))
        for batch in batches:
            for start in range(0, len(batch), size):
                yield rank_block(batch.iloc[start : start + size], model, items, k)

    return cases.mapInPandas(rank, LISTS)


def rank_block(cases: pd.DataFrame, scorer: Scorer, catalogue: Catalogue, k: int) -> pd.DataFrame:
    """The rows of `ranked_lists` for one block of cases."""
    masked = catalogue.matrix(_column(cases, "masked"))
    scores = scorer.score(batch_of(cases, catalogue))
    row, column = masked[:, scorer.columns].nonzero()
    scores[row, column] = -np.inf
    best = top_k(scores, k)
    best = best._replace(column=scorer.columns[best.column])
    rest = popular_rest(best, masked, k, catalogue)
    both = [_frame(cases, best, catalogue, scorer.name), _frame(cases, rest, catalogue, POPULARITY)]
    return pd.concat(both).sort_values(["row", "position"])[LISTS.names]


def batch_of(cases: pd.DataFrame, catalogue: Catalogue) -> Batch:
    """The arrays of a block of cases; a column that is not there counts as empty."""
    vectors = _column(cases, "factors")
    return Batch(
        cart=catalogue.matrix(_column(cases, "cart")),
        bought=catalogue.matrix(_column(cases, "bought"), _column(cases, "counts")),
        has_factors=vectors.notna().to_numpy(),
        factors=stacked(vectors.dropna()),
    )


def _column(cases: pd.DataFrame, name: str) -> pd.Series:
    return cases[name] if name in cases else pd.Series([None] * len(cases), dtype=object)


def _frame(cases: pd.DataFrame, ranked: Ranked, catalogue: Catalogue, source: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": ranked.row,
            "case_id": cases["case_id"].to_numpy(dtype=object)[ranked.row],
            "position": (ranked.place + 1).astype(np.int32),
            "item_id": catalogue.items[ranked.column],
            "score": ranked.score.astype(np.float64),
            "source": source,
        }
    )
