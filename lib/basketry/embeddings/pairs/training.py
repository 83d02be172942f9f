"""The pair head from baskets: trained like the vectors of completion, beside them and on vectors of its own."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from basketry.embeddings.checkpoints import with_checkpoints
from basketry.embeddings.choice import exchange_of
from basketry.embeddings.embeddings import work_folder
from basketry.embeddings.launch import Progress, launch
from basketry.embeddings.pairs.answers import PairHead, logits_of
from basketry.embeddings.pairs.calibration import platt, quality_of
from basketry.embeddings.pairs.layout import initial_head, parameters_of
from basketry.embeddings.pairs.population import settled
from basketry.embeddings.pairs.sampled import Pairs, learnt_pairs, pairs_set_apart
from basketry.embeddings.results import trained_rows
from basketry.embeddings.samples import set_apart, vocabulary, write_holdout, write_samples
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import START, Spec

# What only completion has: here as when it is not set.
NOT_OF_PAIRS = (
    "features", "given_vectors", "start_from", "freeze", "max_drift", "item_drop", "crop", "swap", "precision",
    "next_weight",
)  # fmt: skip


def train_pair_head(
    baskets: DataFrame, settings: EmbeddingSettings, seed: int, progress: Progress, keep: Path | None = None
) -> PairHead | None:
    """A score of any two items of at least `min_count` baskets; None when `pair_head` is off.

    Of `baskets` the share `validation_share` is set apart: not learnt from, but validated on and calibrated by. Equal
    for any number of workers and partitions; `keep`, a folder, holds checkpoints. Memory of the driver: all vectors.
    Raises what train_embeddings raises.
    """
    if not settings.pair_head:
        return None
    own = own_settings(settings)
    learnt, watched = set_apart(baskets, own)
    known = vocabulary(learnt, own.min_count)
    with work_folder(own.work_dir) as folder:
        n_tokens = write_samples(learnt, known, own, Path(folder))
        write_holdout(watched, known, own, seed, Path(folder))
        spec = pair_spec(Path(folder), len(known), n_tokens, seed, own)
        if keep is not None:
            spec = with_checkpoints(spec, keep / "pair", progress)
        counts = {"items": spec.n_items, "bought": n_tokens, "steps": spec.n_steps}
        progress("train the pair head", **counts, exchange=exchange_of(spec))
        launch(spec, baskets.sparkSession, progress)
        return settled_head(spec, [item for item, _ in known], trained_rows(spec), progress)


def own_settings(settings: EmbeddingSettings) -> EmbeddingSettings:
    """Those of this training, under the names that completion's have."""
    own = {
        "embedding_dim": settings.pair_dim,
        "negatives": settings.pair_negatives,
        "learning_rate": settings.pair_learning_rate,
    }
    plain = EmbeddingSettings()
    return settings.model_copy(update=own | {name: getattr(plain, name) for name in NOT_OF_PAIRS})


def pair_spec(folder: Path, n_items: int, n_tokens: int, seed: int, settings: EmbeddingSettings) -> Spec:
    """What names the samples in `folder`, which gets the network to start from: vectors are drawn by the workers."""
    drawn = np.full((n_items, settings.embedding_dim + 1), np.nan, np.float32)
    np.save(folder / START, np.concatenate([drawn, initial_head(settings, seed)]), allow_pickle=False)
    return Spec(str(folder), n_items, n_tokens, seed, settings, validates=True, is_warm=True, task="pair")


def settled_head(spec: Spec, names: list[str], rows: NDArray[np.float32], progress: Progress) -> PairHead:
    """The head of trained rows [items + head rows, dim + 1], by population statistics, and calibrated."""
    own = rows[: spec.n_items]
    layers = settled(parameters_of(rows[spec.n_items :], spec.settings, np.reshape), own, learnt_pairs(spec))
    apart = pairs_set_apart(spec)
    logits = logits_of(layers, own, apart.a, apart.b)
    return PairHead(names, own, layers, *_calibrated(logits, apart, progress))


def _calibrated(logits: NDArray[Any], pairs: Pairs, progress: Progress) -> tuple[float, float]:
    """Slope and offset by every other basket set apart; how good they are is said of the rest."""
    is_fit = pairs.basket % 2 == 0
    fit, judged = pairs.where(is_fit), pairs.where(~is_fit)
    if any(len(set(half.is_met.tolist())) < 2 for half in (fit, judged)):
        progress("the pair head is not calibrated: the baskets set apart are too few", pairs=len(logits))
        return 1.0, 0.0
    slope, offset = platt(logits[is_fit], fit.is_met, fit.weights)
    before = quality_of(logits[~is_fit], judged.is_met, judged.weights)
    after = quality_of(slope * logits[~is_fit] + offset, judged.is_met, judged.weights)
    told = {"slope": slope, "offset": offset, **after._asdict(), "log_loss_before": before.log_loss}
    progress("the pair head is calibrated", **{name: round(value, 4) for name, value in told.items()})
    return slope, offset
