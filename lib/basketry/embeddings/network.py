"""The completion network: tell the item left out of a basket from sampled items. Row-wise Adagrad.

Table [n_items, 2 d + 1]: in-vector, out-vector and bias of each item, in one row, so that one gather, one exchange
and one scatter serve all three.
"""

from typing import Any, cast

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
EPSILON = 1e-10
MASKED = -1e9


def initial_table(n_items: int, dim: int, seed: int, rank: int) -> Floats:
    """Small random vectors, zero biases. Ranks differ on purpose: only the broadcast makes them equal."""
    rng = np.random.default_rng([seed, rank])
    table = rng.normal(0, 1 / np.sqrt(dim), (n_items, 2 * dim + 1)).astype(np.float32)
    table[:, -1] = 0
    return table


@tf.function(reduce_retracing=True)
def shard_gradient(rows: Any, at: Any, basket: Any, others: Any, at_negative: Any, log_q: Any) -> Any:
    """Mean loss of a logical shard (nats), and its gradient [n_rows, 2 d + 1].

    rows [n_rows, 2 d + 1] are the table's rows this shard touches; at, basket, others [packs, slots] place, group and
    count its items; at_negative [n] places the sampled ones; log_q [n_rows] is the log of the sampling probability.
    Sampled softmax with logQ correction (Bengio & Senecal 2008); a sample that is the left-out item is masked.
    """
    dim = (rows.shape[1] - 1) // 2
    with tf.GradientTape() as tape:
        tape.watch(rows)
        context = _context(tf.gather(rows[:, :dim], at), basket, others)
        corrected = rows[:, -1] - log_q
        hit = tf.reduce_sum(context * tf.gather(rows[:, dim:-1], at), axis=-1) + tf.gather(corrected, at)
        missed = tf.einsum("psd,nd->psn", context, tf.gather(rows[:, dim:-1], at_negative))
        missed += tf.gather(corrected, at_negative)
        missed = tf.where(at[:, :, None] == at_negative, MASKED, missed)
        losses = tf.reduce_logsumexp(tf.concat([hit[:, :, None], missed], axis=-1), axis=-1) - hit
        counted = tf.cast(others > 0, tf.float32)
        loss = tf.reduce_sum(losses * counted) / tf.maximum(tf.reduce_sum(counted), 1.0)
    return loss, tape.gradient(loss, rows)


def _context(vectors: Any, basket: Any, others: Any) -> Any:
    """[packs, slots, d]: for each item the mean of the other items of its basket."""
    same = tf.cast(basket[:, :, None] == basket[:, None, :], tf.float32)
    total = tf.matmul(same, vectors) - vectors
    return total / tf.maximum(tf.cast(others, tf.float32), 1.0)[:, :, None]


class Adagrad:
    """Row-wise Adagrad (Duchi et al. 2011, one sum a row): one for the in-vector, one for out-vector and bias."""

    def __init__(self, table: Floats) -> None:
        self.table = table
        self._dim = (table.shape[1] - 1) // 2
        self._sums = np.zeros((len(table), 2), np.float32)

    def update(self, ids: Ints, gradient: Floats, learning_rate: float) -> None:
        """Move the rows `ids`; a row named twice moves once, by the sum of its gradients."""
        unique, where = np.unique(ids, return_inverse=True)
        summed = _sum_rows(gradient, where, len(unique))
        for side, part in enumerate((slice(0, self._dim), slice(self._dim, None))):
            self._sums[unique, side] += np.square(summed[:, part]).mean(axis=1)
            scale = learning_rate / np.sqrt(self._sums[unique, side] + EPSILON)
            self.table[unique, part] -= scale[:, None] * summed[:, part]


def _sum_rows(rows: Floats, where: NDArray[np.int64], n: int) -> Floats:
    """[n, ...]: the rows of each place added up, in the order they came."""
    order = np.argsort(where, kind="stable")
    starts = np.searchsorted(where[order], np.arange(n))
    return cast(Floats, np.add.reduceat(rows[order], starts, axis=0))
