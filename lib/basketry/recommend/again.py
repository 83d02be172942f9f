"""Lists of what a user bought before, by any model: who is best at telling what comes again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.blend import Part
from basketry.recommend.catalogue import Floats, Ints, Scores
from basketry.recommend.learnt import Learnt
from basketry.recommend.recommend import answers
from basketry.recommend.scorers import Batch, Scorer

PREFIX = "again:"


def again_name(model: str) -> str:
    """What the lists of a model over what was bought before are called."""
    return PREFIX + model


@dataclass(frozen=True)
class Again:
    """What `model` says of the items that the user bought before, and nothing of others.

    The score only orders: place from the end, ties of the model by `popularity` [items], then by id. An item the model
    says nothing of scores 0 with it.
    """

    model: Scorer
    popularity: Floats

    @property
    def name(self) -> str:
        return again_name(self.model.name)

    @property
    def columns(self) -> Ints:
        return np.arange(len(self.popularity))

    def score(self, batch: Batch) -> Scores:
        bought = batch.bought.tocoo()
        said = self._said(batch, bought.row, bought.col)
        order = np.lexsort((-bought.col, self.popularity[bought.col], said, bought.row))
        place = np.empty(len(order))
        place[order] = np.arange(1, len(order) + 1)
        return sparse.csr_array((place, (bought.row, bought.col)), shape=bought.shape)

    def _said(self, batch: Batch, row: Ints, item: Ints) -> Floats:
        if not len(self.model.columns):
            return np.zeros(len(item))
        return Part(batch.scores(self.model), self.model.columns, 1.0).at(row, item)


def answers_and_again(cases: DataFrame, learnt: Learnt, models: Sequence[Scorer], k: int) -> DataFrame:
    """Each model's lists over all items, as `answers`, and over what the user bought before, under again_name.

    One pass: a model scores a case once for both. Those of what was bought before end where that does.
    """
    over_bought = [Again(model, learnt.catalogue.popularity) for model in models]
    lists = answers(cases, learnt, [*models, *over_bought], k)
    return lists.where(~F.startswith(F.col("model"), F.lit(PREFIX)) | (F.col("source") == F.col("model")))
