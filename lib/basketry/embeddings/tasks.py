"""What a training learns: the parts of a step, drawn from packs, and their losses."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import tensorflow as tf

from basketry.embeddings.network import Found, Part, completion, gradient_of, losses_of
from basketry.embeddings.next_purchase import NextPurchase
from basketry.embeddings.pairs.task import PairTask
from basketry.embeddings.products import product_of, sums_in
from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import Negatives, Pack


class Task(Protocol):
    """The loss of one sort of table; everything around it is the same for all."""

    def part(self, pack: Pack, step: int, shard: int) -> Any:
        """One shard's part of a step, a NamedTuple of tensors; what is drawn depends on seed, step and shard only."""

    def losses(self, parts: list[Any], fetch: Callable[[tf.Tensor], tf.Tensor], *, learns: bool) -> Found:
        """Of parts, by rows that `fetch` gives; what only learning has, as dropout, is left out of a validation."""

    def gradient(self, parts: list[Any], found: Found) -> tf.Tensor:
        """[ids, width] of the losses found of these parts, learnt from, by the rows asked for."""


class Completion:
    """Which item is missing from this basket? And, with labels, what does its user buy next?"""

    def __init__(self, spec: Spec) -> None:
        self._seed, settings = spec.seed, spec.settings
        self._negatives = Negatives(spec.counts, settings.negative_power, settings.negatives)
        self._settings = settings
        self._loss = partial(completion, log_q=tf.constant(self._negatives.log_probability))
        self._learnt = partial(self._loss, product=product_of(settings))
        self._next = NextPurchase(spec) if spec.n_labels else None

    def part(self, pack: Pack, step: int, shard: int) -> Part:
        drawn = self._negatives.draw(self._seed, step, shard)
        labels = [pack.labels] if self._next else []
        return Part(*map(tf.constant, (pack.items, pack.basket, pack.others, drawn, *labels)))

    def losses(self, parts: list[Any], fetch: Callable[[tf.Tensor], tf.Tensor], *, learns: bool) -> Found:
        if not learns:
            return losses_of(parts, fetch, self._loss)
        return losses_of(parts, fetch, self._learnt, [self._next.ids] if self._next else [])

    def gradient(self, parts: list[Any], found: Found) -> tf.Tensor:
        own = gradient_of(found, sums_in(self._settings))
        return own + self._next.gradient(parts, found) if self._next else own


def task_of(spec: Spec) -> Task:
    return PairTask(spec) if spec.task == "pair" else Completion(spec)
