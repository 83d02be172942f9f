"""Several models in one score: a weighted sum whose parts are kept, so that each list can say why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from scipy import sparse

from basketry.recommend.allowed import Allowed
from basketry.recommend.catalogue import Catalogue, Floats, Ints, Scores
from basketry.recommend.facts import Facts
from basketry.recommend.lists import batch_of, blocks, spread
from basketry.recommend.reasons import Told, told_reasons
from basketry.recommend.scorers import Batch, Scorer
from basketry.recommend.topk import top_k
from basketry.tables.recommend import REASON

POPULARITY = "popularity"
Kind = Literal["repeat", "explore", "cart"]

EXPLAINED = T.StructType(
    [
        T.StructField("case_id", T.StringType(), False),
        T.StructField("list", T.StringType(), False),
        T.StructField("position", T.IntegerType(), False),
        T.StructField("item_id", T.StringType(), False),
        T.StructField("score", T.DoubleType(), False),
        T.StructField("parts", T.ArrayType(T.DoubleType(), False), False),
        T.StructField("reasons", T.ArrayType(REASON, False), False),
    ]
)


class Part(NamedTuple):
    """What one source adds: weight * scores at `columns`, nothing elsewhere and where it has nothing to say."""

    scores: Scores
    columns: Ints
    weight: float

    def add_to(self, total: Floats) -> None:
        """Add the whole part to `total` [cases, items] in place."""
        if sparse.issparse(self.scores):
            found = self.scores.tocoo()
            place = found.row.astype(np.int64) * total.shape[1] + self.columns[found.col]
            total.reshape(-1)[place] += self.weight * found.data
        else:
            # In float64, as `at` does: the contributions must add up to the score.
            said = np.where(np.isneginf(self.scores), 0, self.scores)
            added = np.multiply(self.weight, said, dtype=np.float64)
            total[:, self._places(total.shape[1])] += added

    def _places(self, n_items: int) -> slice | Ints:
        """The columns; as a slice, which is added to in place, when they are all items."""
        return slice(None) if len(self.columns) == n_items else self.columns

    def at(self, row: Ints, item: Ints) -> Floats:
        """What it adds at these entries, if there are any: a sparse array asked for none gives no array of numbers."""
        if not len(row):
            return np.zeros(0)
        if not len(self.columns):
            return np.zeros(len(item))
        place = np.searchsorted(self.columns, item)
        place = np.minimum(place, len(self.columns) - 1)
        found = np.asarray(self.scores[row, place], dtype=np.float64)
        silent = np.isneginf(found) | (self.columns[place] != item)
        return np.where(silent, 0, self.weight * found)


@dataclass(frozen=True)
class Blend:
    """Sum over models of weight * score, plus `popularity_weight` * popularity / that of the most popular item.

    A model that has nothing to say of an item adds 0. Every item has a score.
    """

    models: tuple[tuple[Scorer, float], ...]
    popularity: Floats
    popularity_weight: float
    name: str

    @property
    def columns(self) -> Ints:
        return np.arange(len(self.popularity))

    @property
    def by_source(self) -> dict[str, Scorer | None]:
        """The model of each part, in their order, by its name; popularity has none."""
        return {model.name: model for model, _ in self.models} | {POPULARITY: None}

    @property
    def sources(self) -> list[str]:
        """The names of the parts, in their order."""
        return list(self.by_source)

    def parts(self, batch: Batch) -> list[Part]:
        """One part a source, in the order of `sources`."""
        share = self.popularity / max(self.popularity.max(initial=0), np.finfo(np.float64).tiny)
        everywhere = np.broadcast_to(share, (len(batch.users), len(share)))
        said = [Part(batch.scores(model), model.columns, weight) for model, weight in self.models]
        return [*said, Part(everywhere, self.columns, self.popularity_weight)]

    def score(self, batch: Batch) -> Scores:
        return total(self.parts(batch))


def total(parts: Sequence[Part]) -> Floats:
    """The sum of the parts [cases, items]; the last one speaks of every item."""
    whole = np.zeros(parts[-1].scores.shape)
    for part in parts:
        part.add_to(whole)
    return whole


class Terms(NamedTuple):
    """What lists may hold, and what their reasons are told with."""

    allowed: Allowed
    facts: Facts


def explained_lists(
    cases: DataFrame, blends: Mapping[Kind, Blend], catalogue: Catalogue, k: int, terms: Terms
) -> DataFrame:
    """(case_id, list, position, item_id, score, source, contributions, reasons): the k best of each case by each blend.

    Key: case_id, list, position. A list of kind repeat lists what the case bought, explore what it did not, cart
    anything; none lists a masked item, or one that the terms do not allow. contributions maps each source to what it
    added: they sum to the score. source is the largest of them, ties by the order of the blend.
    """
    shared = cases.sparkSession.sparkContext.broadcast((blends, catalogue, terms))

    def rank(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        models, items, told = shared.value
        for block in blocks(batches, len(items.items)):
            yield explain_block(block, models, items, k, told)

    listed = spread(cases).mapInPandas(rank, EXPLAINED)
    by_list = [F.when(F.col("list") == kind, _names(blend)) for kind, blend in blends.items()]
    names = F.coalesce(*by_list)
    largest = F.array_position("parts", F.array_max("parts")).cast("int")
    return listed.select(
        *[c for c in listed.columns if c not in ("parts", "reasons")],
        F.element_at(names, largest).alias("source"),
        F.map_from_arrays(names, "parts").alias("contributions"),
        "reasons",
    )


def _names(blend: Blend) -> Column:
    return F.array(*[F.lit(name) for name in blend.sources])


def explain_block(
    cases: pd.DataFrame, blends: Mapping[Kind, Blend], catalogue: Catalogue, k: int, terms: Terms
) -> pd.DataFrame:
    """The rows of `explained_lists` for one block of cases, with `parts` in the order of the blend's sources."""
    told = Told(batch_of(cases, catalogue), cases, catalogue, terms.facts)
    return pd.concat([_explained(kind, blend, told, terms.allowed, k) for kind, blend in blends.items()])


def _explained(kind: Kind, blend: Blend, told: Told, allowed: Allowed, k: int) -> pd.DataFrame:
    parts = blend.parts(told.batch)
    best = top_k(listable(kind, total(parts), told.batch, allowed), told.batch.masked, k)
    added = np.stack([part.at(best.row, best.column) for part in parts], axis=1)
    return pd.DataFrame(
        {
            "case_id": told.cases["case_id"].to_numpy(dtype=object)[best.row],
            "list": kind,
            "position": (best.place + 1).astype(np.int32),
            "item_id": told.catalogue.items[best.column],
            "score": best.score,
            "parts": list(added),
            "reasons": told_reasons(blend.by_source, told, best.row, best.column, added),
        }
    )


def listable(kind: Kind, scores: Floats, batch: Batch, allowed: Allowed) -> Floats:
    """The scores with minus infinity where the kind of list may not go, of masked items and of those not allowed."""
    bought = np.zeros(scores.shape, dtype=np.bool_)
    bought[batch.bought.nonzero()] = True
    closed = {"repeat": ~bought, "explore": bought, "cart": np.zeros_like(bought)}[kind]
    closed[batch.masked.nonzero()] = True
    return allowed.only(np.where(closed, -np.inf, scores))
