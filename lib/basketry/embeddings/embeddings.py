"""Train item embeddings from baskets, on one or many workers."""

import math
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from pyspark.sql import DataFrame

from basketry.embeddings.export import embeddings_frame, log_frame, neighbours_frame
from basketry.embeddings.launch import Progress, launch, log_rows
from basketry.embeddings.samples import Spec, vocabulary, write_samples
from basketry.embeddings.settings import EmbeddingSettings


class Trained(NamedTuple):
    """gold.item_embeddings, gold.item_neighbours and gold.training_log of one training."""

    embeddings: DataFrame
    neighbours: DataFrame
    log: DataFrame


def train_embeddings(baskets: DataFrame, settings: EmbeddingSettings, seed: int, progress: Progress) -> Trained:
    """Vectors of every item of at least `min_count` baskets; equal for any number of workers and partitions.

    The score of an item for a cart is the mean of the cart's vector_in, times its vector_out, plus its bias: the
    logarithm of its probability to be the item that completes the cart, but for a constant.
    Raises ContractError with too few items or baskets, TrainingError when training fails.
    """
    spark = baskets.sparkSession
    items = vocabulary(baskets, settings.min_count)
    names = [item for item, _ in items]
    with tempfile.TemporaryDirectory(prefix="basketry-embeddings-", dir=settings.work_dir) as folder:
        n_tokens = write_samples(baskets, items, settings, Path(folder))
        spec = _spec(folder, len(items), n_tokens, settings, seed)
        progress("start workers", items=len(items), bought=n_tokens, steps=spec.n_steps, workers=settings.n_workers)
        table = launch(spec, settings, spark, progress)
        log = log_frame(spark, log_rows(Path(folder)))
    return Trained(
        embeddings_frame(spark, names, table), neighbours_frame(spark, names, table, settings.n_neighbours), log
    )


def _spec(folder: str, n_items: int, n_tokens: int, settings: EmbeddingSettings, seed: int) -> Spec:
    slots = settings.shards * settings.packs * settings.slots
    return Spec(
        folder=folder,
        n_items=n_items,
        n_tokens=n_tokens,
        shards=settings.shards,
        packs=settings.packs,
        slots=settings.slots,
        negatives=settings.negatives,
        negative_power=settings.negative_power,
        embedding_dim=settings.embedding_dim,
        n_steps=math.ceil(settings.epochs * n_tokens / slots),
        learning_rate=settings.learning_rate,
        seed=seed,
        threads=max(1, (os.cpu_count() or 1) // settings.n_workers),
    )
