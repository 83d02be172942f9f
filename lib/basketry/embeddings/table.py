"""The rows of all items and their update: row-wise Adagrad, right on repeated ids."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

INITIAL_SPREAD = 0.1
INITIAL_SQUARES = 1e-3


class RowGradient(NamedTuple):
    """A gradient by rows: ids [n], each once, and rows [n, 2 dim + 1]."""

    ids: tf.Tensor
    rows: tf.Tensor


class ItemTable:
    """`rows` [items, 2 dim + 1]: in-vector, out-vector, bias. `squares` [items, 3]: Adagrad's sum for each of them.

    Row-wise Adagrad keeps one number for a whole vector: the sum of its mean squared gradients (Duchi et al. 2011).
    """

    def __init__(self, rows: NDArray[Any], squares: NDArray[Any]) -> None:
        self.rows = tf.Variable(rows)
        self.squares = tf.Variable(squares)
        self._dim = (rows.shape[1] - 1) // 2

    def update(self, gradient: RowGradient, learning_rate: tf.Tensor) -> None:
        """Move the rows of `gradient` against it."""
        parts = self._parts(gradient.rows)
        means = tf.stack([tf.reduce_mean(part**2, 1) for part in parts], 1)
        squares = tf.gather(self.squares, gradient.ids) + means
        rates = learning_rate * tf.math.rsqrt(squares)
        moves = tf.concat([part * rates[:, i : i + 1] for i, part in enumerate(parts)], 1)
        self.squares.scatter_update(tf.IndexedSlices(squares, gradient.ids))
        self.rows.scatter_sub(tf.IndexedSlices(moves, gradient.ids))

    def _parts(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return rows[:, : self._dim], rows[:, self._dim : 2 * self._dim], rows[:, 2 * self._dim :]


def initial_rows(counts: NDArray[np.int64], dim: int, seed: int, rank: int) -> NDArray[np.float32]:
    """Small random vectors; the bias starts as popularity, log(count) less its mean.

    Each worker draws its own: only the broadcast makes them equal, so that a missing one is seen.
    """
    rows = np.random.default_rng([seed, rank]).normal(0, INITIAL_SPREAD, (len(counts), 2 * dim + 1))
    popularity = np.log(counts)
    rows[:, -1] = popularity - popularity.mean()
    return rows.astype(np.float32)


def initial_squares(n_items: int) -> NDArray[np.float32]:
    return np.full((n_items, 3), INITIAL_SQUARES, np.float32)


def summed(ids: tf.Tensor, rows: tf.Tensor) -> RowGradient:
    """The gradient with the rows of a repeated id added up."""
    distinct, place = tf.unique(ids)
    return RowGradient(distinct, tf.math.unsorted_segment_sum(rows, place, tf.size(distinct)))
