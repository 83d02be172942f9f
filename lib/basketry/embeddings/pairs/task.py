"""The pair head as a task of the training that completion has too."""

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from basketry.embeddings.network import Found, gradient_of, losses_of
from basketry.embeddings.pairs.draws import drawn_partners, dropout_seed
from basketry.embeddings.pairs.network import PairPart, pair_loss
from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import Pack


class PairTask:
    """Did these two items meet?"""

    def __init__(self, spec: Spec) -> None:
        self._seed, self._settings = spec.seed, spec.settings
        self._head = tf.range(spec.n_items, spec.n_rows)

    def part(self, pack: Pack, step: int, shard: int) -> PairPart:
        drawn = drawn_partners(pack, self._settings.negatives, self._seed, step, shard)
        seed = dropout_seed(self._seed, step, shard)
        items, partners, weights, seed = map(tf.constant, (pack.items, *drawn, seed))
        return PairPart(items, partners, weights, seed, self._head)

    def losses(self, parts: list[Any], fetch: Callable[[tf.Tensor], tf.Tensor], *, learns: bool) -> Found:
        dropout = self._settings.pair_dropout if learns else 0.0
        return losses_of(parts, fetch, partial(pair_loss, settings=self._settings, dropout=dropout))

    def gradient(self, parts: list[Any], found: Found) -> tf.Tensor:
        del parts
        return gradient_of(found)
