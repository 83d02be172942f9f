"""Item embeddings from baskets, trained on one or many workers."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from basketry.embeddings.augment import types_of
from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.choice import exchange_of
from basketry.embeddings.earlier import Earlier, earlier_of, start_of
from basketry.embeddings.export import embeddings_frame, half_frame, int8_frame, neighbours_frame, rows_frame
from basketry.embeddings.features import Features, Ints, composed, features_of, no_features
from basketry.embeddings.given import add_given
from basketry.embeddings.launch import Progress, launch
from basketry.embeddings.moves import held
from basketry.embeddings.next_labels import Labels, labels_of
from basketry.embeddings.results import log_rows, trained_rows, without_labels
from basketry.embeddings.samples import set_apart, vocabulary, write_holdout, write_samples
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import FEATURES, FROZEN, GIVEN, START, TYPES, Spec
from basketry.embeddings.users import user_vectors
from basketry.errors import SettingsError
from basketry.tables import TRAINING_LOG, VALIDATION_LOG, VECTOR_MOVES


class Trained(NamedTuple):
    """gold.item_embeddings, the same in half precision and int8, gold.item_neighbours, gold.user_embeddings and
    gold.vector_moves; `log` is gold.validation_log where a holdout was given, else gold.training_log.
    """

    embeddings: DataFrame
    half: DataFrame
    int8: DataFrame
    neighbours: DataFrame
    users: DataFrame
    moves: DataFrame
    log: DataFrame


def train_embeddings(
    baskets: DataFrame,
    items: DataFrame,
    settings: EmbeddingSettings,
    seed: int,
    progress: Progress,
    holdout: DataFrame | None = None,
    keep: Path | None = None,
    published: DataFrame | None = None,
) -> Trained:
    """Vectors of every item of at least `min_count` baskets; equal for any number of workers and partitions.

    With `features`, of silver.items, an item's vectors are the sum of its own and those of its features, and the other
    items have vectors too (is_cold): what they share with trained ones. `given_vectors` do the same.

    The score of an item for a cart is the mean of the cart's vector_in, times its vector_out, plus its bias: the
    logarithm of its probability to be the item that completes the cart, but for a constant. `holdout`, later baskets,
    is validated on and never learnt from: the vectors are the same with it and without. With `patience` some of
    `baskets` are set apart and validated on instead, since what ends a training must not judge it. `keep`, a folder,
    holds checkpoints: a training that was killed goes on from its newest, with any number of workers, to the same
    vectors. Memory of the driver: all vectors at once. From `published`, gold.item_embeddings, training starts where
    items are, by item_id, and `freeze` and `max_drift` keep them near.
    Raises ContractError with too few items or baskets, and MissingInputError or that when the given vectors are of no
    use, SettingsError when work_dir cannot be written or `published` has vectors of another length, TrainingError when
    training fails.
    """
    samples = _samples(baskets, items, settings, holdout)
    earlier = None if published is None else earlier_of(published, settings.embedding_dim)
    with work_folder(settings.work_dir) as folder:
        spec = _written(samples, settings, seed, Path(folder), earlier)
        if keep is not None:
            spec = with_checkpoints(spec, keep, progress)
        _say_start(samples, spec, progress)
        launch(spec, baskets.sparkSession, progress)
        rows = composed(without_labels(trained_rows(spec), spec), spec.n_items, samples.features)
        logged = log_rows(spec)
    _say_end(logged, spec, progress)
    moves = _held(rows, samples.names, earlier, settings, progress)
    log = rows_frame(baskets.sparkSession, logged, TRAINING_LOG if holdout is None else VALIDATION_LOG)
    logs = rows_frame(baskets.sparkSession, moves, VECTOR_MOVES), log
    return _tables(baskets, samples.names, samples.features.cold_items, rows, settings, *logs)


class _Samples(NamedTuple):
    """What is learnt from and validated on: `known` items with their counts, most first; labels where next purchases
    are learnt too.
    """

    learnt: DataFrame
    watched: DataFrame | None
    known: list[tuple[str, int]]
    features: Features
    types: Ints | None
    labels: Labels | None

    @property
    def names(self) -> list[str]:
        return [item for item, _ in self.known]

    @property
    def counts(self) -> NDArray[np.int64]:
        return np.array([count for _, count in self.known], np.int64)


def _samples(baskets: DataFrame, items: DataFrame, settings: EmbeddingSettings, holdout: DataFrame | None) -> _Samples:
    learnt, watched = set_apart(baskets, settings) if settings.patience else (baskets, holdout)
    known = vocabulary(learnt, settings.min_count)
    names = [item for item, _ in known]
    types = types_of(_columns(items, ["type"]), names) if settings.swap else None
    labels = labels_of(learnt, items, settings) if settings.next_weight else None
    features = add_given(_features(items, names, settings), names, settings, items)
    return _Samples(learnt, watched, known, features, types, labels)


def _written(samples: _Samples, settings: EmbeddingSettings, seed: int, folder: Path, earlier: Earlier | None) -> Spec:
    """All that the workers read, into `folder`, and what names it."""
    of_baskets, n_labels = samples.labels or (None, 0)
    n_tokens = write_samples(samples.learnt, samples.known, settings, folder, of_baskets)
    np.save(folder / FEATURES, samples.features.trained, allow_pickle=False)
    if samples.features.given is not None:
        np.save(folder / GIVEN, samples.features.given[: len(samples.known)], allow_pickle=False)
    if samples.types is not None:
        np.save(folder / TYPES, samples.types, allow_pickle=False)
    if samples.watched is not None:
        write_holdout(samples.watched, samples.known, settings, seed, folder)
    if earlier is not None:
        start = start_of(earlier, samples.names, samples.counts, samples.features)
        start = start.with_new(n_labels, at=len(samples.known))
        np.save(folder / START, start.rows, allow_pickle=False)
        np.save(folder / FROZEN, start.is_known, allow_pickle=False)
    sizes = len(samples.known), n_tokens
    return Spec(
        str(folder),
        *sizes,
        seed,
        settings,
        validates=samples.watched is not None,
        n_features=samples.features.n,
        is_warm=earlier is not None,
        n_given=samples.features.n_given,
        n_labels=n_labels,
    )


def _say_start(samples: _Samples, spec: Spec, progress: Progress) -> None:
    counts = {"items": spec.n_items, "cold_items": len(samples.features.cold_items), "bought": spec.n_tokens}
    counts |= {"labels": spec.n_labels} if spec.n_labels else {}
    how = {"workers": spec.settings.n_workers, "exchange": exchange_of(spec)}
    progress("start workers", **counts, steps=spec.n_steps, **how)


def _say_end(logged: list[dict[str, Any]], spec: Spec, progress: Progress) -> None:
    if logged[-1]["step"] < spec.n_steps:
        best = min((row for row in logged if row["validation_loss"]), key=lambda row: row["validation_loss"])
        took = {"vectors_of": best["step"], "validation_loss": best["validation_loss"]}
        progress("training ended early", batch=logged[-1]["step"], of=spec.n_steps, **took)


def _held(
    rows: NDArray[np.float32],
    names: list[str],
    earlier: Earlier | None,
    settings: EmbeddingSettings,
    progress: Progress,
) -> list[dict[str, Any]]:
    """Keep items of `rows` that were learnt before as near as the settings ask; gives how far they moved."""
    if earlier is None:
        return []
    place = earlier.learnt_places(names)
    known = np.flatnonzero(place >= 0)
    rows[known], moves = held(rows[known], earlier.rows[place[known]], settings)
    progress("started where items were published", known=len(known), new=len(names) - len(known), moved=moves)
    return [{**row, "n_new": len(names) - len(known)} for row in moves]


def _tables(
    baskets: DataFrame,
    names: list[str],
    cold: list[str],
    rows: NDArray[np.float32],
    settings: EmbeddingSettings,
    moves: DataFrame,
    log: DataFrame,
) -> Trained:
    """`rows` [names + cold, 2 dim + 1] as tables."""
    spark, every = baskets.sparkSession, [*names, *cold]
    return Trained(
        embeddings=embeddings_frame(spark, names, cold, rows),
        half=half_frame(spark, every, rows),
        int8=int8_frame(spark, every, rows),
        neighbours=neighbours_frame(spark, names, cold, rows, settings.n_neighbours),
        users=user_vectors(baskets, every, rows[:, : settings.embedding_dim]),
        moves=moves,
        log=log,
    )


def _features(items: DataFrame, names: list[str], settings: EmbeddingSettings) -> Features:
    if not settings.features:
        return no_features(len(names))
    return features_of(_columns(items, settings.features), names, settings)


def _columns(items: DataFrame, names: Sequence[str]) -> pa.Table:
    """item_id and those of the columns that there are."""
    return items.select("item_id", *(name for name in names if name in items.columns)).toArrow()


def work_folder(parent: str | None) -> tempfile.TemporaryDirectory[str]:
    """A new folder that is removed after use. Raises SettingsError when `parent` cannot hold it."""
    try:
        return tempfile.TemporaryDirectory(prefix="basketry-embeddings-", dir=parent)
    except OSError as error:
        raise SettingsError(
            f"embeddings.work_dir = {parent}: {error.strerror}; give an existing folder that all workers write to"
        ) from error
