"""What embeddings, counts and rules would add to a cart's list: a blend with all of them, and the same without each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from basketry.recommend.blend import Blend
from basketry.recommend.catalogue import Ints, Scores
from basketry.recommend.scorers import Batch, Scorer

WIDE = "wide"


@dataclass(frozen=True)
class Chances:
    """A model's scores, logarithms of chances but for a constant, as chances: of a scale with shares of visits."""

    model: Scorer

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def columns(self) -> Ints:
        return self.model.columns

    def score(self, batch: Batch) -> Scores:
        scores = np.asarray(batch.scores(self.model), dtype=np.float64)
        top = scores.max(axis=1, keepdims=True)
        chances = np.exp(scores - np.where(np.isneginf(top), 0, top))
        # A cart that the model knows nothing of has no chances.
        return chances / np.maximum(chances.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)


def wide_blends(cart: Blend, more: Sequence[tuple[Scorer, float]]) -> list[Blend]:
    """The blend of a cart and `more` models by their weights: of all, named wide, and without each of these in turn."""
    named = {WIDE: tuple(more)} | {
        f"{WIDE}_without_{model.name}": tuple(other for other in more if other[0] is not model) for model, _ in more
    }
    return [replace(cart, models=(*cart.models, *others), name=name) for name, others in named.items()]
