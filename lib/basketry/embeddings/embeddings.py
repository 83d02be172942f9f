"""Item embeddings from baskets, trained on one or many workers."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from pyspark.sql import DataFrame

from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.export import embeddings_frame, log_frame, neighbours_frame
from basketry.embeddings.launch import Progress, launch
from basketry.embeddings.results import log_rows, trained_rows
from basketry.embeddings.samples import Spec, vocabulary, write_holdout, write_samples
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import SettingsError
from basketry.tables import TRAINING_LOG, VALIDATION_LOG


class Trained(NamedTuple):
    """gold.item_embeddings and gold.item_neighbours of one training; `log` is gold.validation_log where a holdout was
    given, else gold.training_log.
    """

    embeddings: DataFrame
    neighbours: DataFrame
    log: DataFrame


def train_embeddings(
    baskets: DataFrame,
    settings: EmbeddingSettings,
    seed: int,
    progress: Progress,
    holdout: DataFrame | None = None,
    keep: Path | None = None,
) -> Trained:
    """Vectors of every item of at least `min_count` baskets; equal for any number of workers and partitions.

    The score of an item for a cart is the mean of the cart's vector_in, times its vector_out, plus its bias: the
    logarithm of its probability to be the item that completes the cart, but for a constant. `holdout`, later baskets,
    is validated on and never learnt from: the vectors are the same with it and without. `keep`, a folder, holds
    checkpoints: a training that was killed goes on from its newest, with any number of workers, to the same vectors.
    Raises ContractError with too few items or baskets, SettingsError when work_dir cannot be written, TrainingError
    when training fails.
    """
    spark = baskets.sparkSession
    items = vocabulary(baskets, settings.min_count)
    names = [item for item, _ in items]
    with _work_folder(settings.work_dir) as folder:
        n_tokens = write_samples(baskets, items, settings, Path(folder))
        if holdout is not None:
            write_holdout(holdout, items, settings, seed, Path(folder))
        spec = Spec(folder, len(items), n_tokens, seed, settings, validates=holdout is not None)
        if keep is not None:
            spec = with_checkpoints(spec, keep, progress)
        progress("start workers", items=len(items), bought=n_tokens, steps=spec.n_steps, workers=settings.n_workers)
        launch(spec, spark, progress)
        rows = trained_rows(spec)
        log = log_frame(spark, log_rows(spec), VALIDATION_LOG if spec.validates else TRAINING_LOG)
    return Trained(
        embeddings_frame(spark, names, rows), neighbours_frame(spark, names, rows, settings.n_neighbours), log
    )


def _work_folder(parent: str | None) -> tempfile.TemporaryDirectory[str]:
    """A new folder that is removed after use. Raises SettingsError when `parent` cannot hold it."""
    try:
        return tempfile.TemporaryDirectory(prefix="basketry-embeddings-", dir=parent)
    except OSError as error:
        raise SettingsError(
            f"embeddings.work_dir = {parent}: {error.strerror}; give an existing folder that all workers write to"
        ) from error
