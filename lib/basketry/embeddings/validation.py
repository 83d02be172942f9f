"""The loss on baskets that training never learns from."""

from typing import Any

import numpy as np
import tensorflow as tf

from basketry.embeddings.comm import Comm
from basketry.embeddings.compiled import graph
from basketry.embeddings.exchange import Exchange
from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import packs_once
from basketry.embeddings.tasks import Task


class Validation:
    """This worker's packs of the holdout. Baskets and negatives are drawn once, so that only the rows move the loss."""

    def __init__(self, spec: Spec, comm: Comm, shards: range, task: Task, exchange: Exchange) -> None:
        self._comm, self._task, self._exchange = comm, task, exchange
        self._parts = [part for shard in shards for part in _parts(spec, shard, task)] if spec.validates else []
        self._run = graph(self._losses)

    def loss(self) -> float | None:
        """Mean loss (nats) of the packs of all workers, the same at each; None when there are none."""
        if not self._parts:
            return None
        total, n_examples = np.asarray(self._comm.sum(self._run(self._parts)))
        return float(total / n_examples) if n_examples else None

    def _losses(self, parts: list[Any]) -> Any:
        """[2], float64: sums of the loss and of the examples, each pack's by itself, whoever holds it."""
        found = self._task.losses(parts, self._exchange.fetch, learns=False)
        return tf.add_n([tf.cast(tf.stack([x.total, x.n_examples]), tf.float64) for x in found.losses])


def _parts(spec: Spec, shard: int, task: Task) -> list[Any]:
    """The shard's packs, an empty one if it has no baskets; negatives are those of steps that training never takes."""
    packs = packs_once(spec.holdout_file(shard), spec.settings.slots)
    return [task.part(pack, spec.n_steps + number, shard) for number, pack in enumerate(packs)]
