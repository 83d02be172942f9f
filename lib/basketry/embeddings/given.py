"""Vectors of items that the user gives, such as of texts or images: times a projection that is learnt, they are part of
an item's row.
"""

from collections.abc import Sequence, Set
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from basketry.embeddings.features import NONE, Features
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import ContractError
from basketry.tables.given import read_vectors

Floats = NDArray[np.float32]
SETTING = "embeddings.given_vectors"


class Given(NamedTuple):
    """Items, each once, and their vectors [items, k], finite."""

    items: list[str]
    vectors: Floats

    def of(self, known: Set[str]) -> "Given":
        """Those of known items."""
        kept = [place for place, item in enumerate(self.items) if item in known]
        return Given([self.items[place] for place in kept], self.vectors[kept])


def add_given(features: Features, trained: Sequence[str], settings: EmbeddingSettings, items: DataFrame) -> Features:
    """`features` with what the user gives, if anything: other items of silver.items are cold ones by it.

    Bounded by the driver: 4 k bytes an item. Raises MissingInputError and ContractError when it is of no use.
    """
    source = settings.given_vectors
    if source is None:
        return features
    given = given_of(read_vectors(items.sparkSession, source, SETTING).toArrow(), source)
    known = {*trained, *items.select("item_id").toArrow()["item_id"].to_pylist()}
    return with_given(features, trained, given.of(known), source)


def given_of(found: pa.Table, source: str) -> Given:
    """Of columns item_id and vector, one row an item. Raises ContractError where they are no such thing, and says what
    was found.
    """
    items, lists = found.column("item_id").to_pylist(), found.column("vector").combine_chunks()
    if None in items or len(set(items)) < len(items):
        raise ContractError(f"{SETTING}: {source} has {_twice(items)}; give each item once")
    lengths = np.unique(lists.drop_null().value_lengths())
    if lists.null_count or len(lengths) != 1 or not lengths[0]:
        said = [*map(str, lengths), *(["null"] if lists.null_count else [])]
        raise ContractError(f"{SETTING}: {source} has vectors of length {', '.join(said) or 'none'}; give one length")
    # A null becomes NaN.
    vectors = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(items), -1).astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(vectors).all(1))
    if len(bad):
        raise ContractError(
            f"{SETTING}: {source} has {len(bad)} vector(s) with a number that is null or not finite, of item "
            f"{min(items[n] for n in bad)} first; mend or leave them out"
        )
    return Given(items, vectors)


def with_given(features: Features, trained: Sequence[str], given: Given, source: str) -> Features:
    """`features` with the vectors of trained and cold items, standardised by those of trained ones: mean 0, mean
    norm 1.

    Raises ContractError when no trained item has one.
    """
    at = {item: place for place, item in enumerate(given.items)}
    cold = sorted({*features.cold_items, *at} - set(trained))
    place = np.array([at.get(item, NONE) for item in [*trained, *cold]])
    learnt = given.vectors[place[: len(trained)][place[: len(trained)] != NONE]]
    if not len(learnt):
        raise ContractError(
            f"{SETTING}: {source} has no item in enough baskets; are its item_id those of silver.items?"
        )
    mean = learnt.mean(0, dtype=np.float64)
    norm = np.linalg.norm(learnt - mean, axis=1).mean()
    # Equal vectors say nothing.
    centred = (given.vectors - mean) / (norm or 1.0)
    found = np.where((place != NONE)[:, None], centred[place], 0).astype(np.float32)
    return features._replace(cold=_rows_of(features, cold), cold_items=cold, given=found)


def _rows_of(features: Features, cold: list[str]) -> NDArray[np.int32]:
    """[cold, width] numbers of their features, NONE for items that have none."""
    at = {item: row for row, item in enumerate(features.cold_items)}
    width = features.trained.shape[1]
    padded = np.concatenate([features.cold.reshape(len(features.cold), width), np.full((1, width), NONE, np.int32)])
    return padded[[at.get(item, -1) for item in cold]] if cold else padded[:0]


def _twice(items: list[str | None]) -> str:
    """What is wrong with ids of which one is null or there twice."""
    if None in items:
        return "a row without item_id"
    names, counts = np.unique(np.array(items, object), return_counts=True)
    return f"{int((counts > 1).sum())} item(s) more than once, {names[counts > 1][0]} first"
