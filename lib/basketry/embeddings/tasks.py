"""What a training learns: the parts of a step, drawn from packs, and their losses."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import tensorflow as tf

from basketry.embeddings.network import Found, Part, completion, losses_of
from basketry.embeddings.pairs.task import PairTask
from basketry.embeddings.samples import Spec
from basketry.embeddings.stream import Negatives, Pack


class Task(Protocol):
    """The loss of one sort of table; everything around it is the same for all."""

    def part(self, pack: Pack, step: int, shard: int) -> Any:
        """One shard's part of a step, a NamedTuple of tensors; what is drawn depends on seed, step and shard only."""

    def losses(self, parts: list[Any], fetch: Callable[[tf.Tensor], tf.Tensor], *, learns: bool) -> Found:
        """Of parts, by rows that `fetch` gives; what only learning has, as dropout, is left out of a validation."""


class Completion:
    """Which item is missing from this basket?"""

    def __init__(self, spec: Spec) -> None:
        self._seed, settings = spec.seed, spec.settings
        self._negatives = Negatives(spec.counts, settings.negative_power, settings.negatives)
        self._loss = partial(completion, log_q=tf.constant(self._negatives.log_probability))

    def part(self, pack: Pack, step: int, shard: int) -> Part:
        drawn = self._negatives.draw(self._seed, step, shard)
        return Part(*map(tf.constant, (pack.items, pack.basket, pack.others, drawn)))

    def losses(self, parts: list[Any], fetch: Callable[[tf.Tensor], tf.Tensor], *, learns: bool) -> Found:
        del learns
        return losses_of(parts, fetch, self._loss)


def task_of(spec: Spec) -> Task:
    return PairTask(spec) if spec.task == "pair" else Completion(spec)
