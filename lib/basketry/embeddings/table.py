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
    """`rows` [items + features, 2 dim + 1]: in-vector, out-vector, bias. `squares`, of each row 3: Adagrad's sums.

    An item is the sum of its own row and those of its `features` [items, width], numbers of rows from the first
    feature's on, negative ones none. Row-wise Adagrad keeps one number for a whole vector: the sum of its mean squared
    gradients (Duchi et al. 2011).
    """

    def __init__(self, rows: NDArray[Any], squares: NDArray[Any], features: NDArray[np.int32] | None = None) -> None:
        self.rows = tf.Variable(rows)
        self.squares = tf.Variable(squares)
        self._dim = (rows.shape[1] - 1) // 2
        self._features = tf.constant(features) if features is not None and features.size else None
        self._n_items = len(features) if features is not None else len(rows)

    def of(self, ids: tf.Tensor) -> tf.Tensor:
        """[n, 2 dim + 1]: the items of ids [n]."""
        own = tf.gather(self.rows, ids)
        if self._features is None:
            return own
        numbers = tf.gather(self._features, ids)
        theirs = tf.gather(self.rows, self._n_items + tf.maximum(numbers, 0))
        return own + tf.reduce_sum(tf.where((numbers >= 0)[:, :, None], theirs, 0.0), 1)

    def update(self, gradient: RowGradient, learning_rate: tf.Tensor) -> None:
        """Move the items of `gradient`, each named once, against it."""
        gradient = self._spread(gradient)
        parts = self._parts(gradient.rows)
        means = tf.stack([tf.reduce_mean(part**2, 1) for part in parts], 1)
        squares = tf.gather(self.squares, gradient.ids) + means
        rates = learning_rate * tf.math.rsqrt(squares)
        moves = tf.concat([part * rates[:, i : i + 1] for i, part in enumerate(parts)], 1)
        self.squares.scatter_update(tf.IndexedSlices(squares, gradient.ids))
        self.rows.scatter_sub(tf.IndexedSlices(moves, gradient.ids))

    def _spread(self, gradient: RowGradient) -> RowGradient:
        """The gradient by rows of the table: a feature's is the sum of its items'."""
        if self._features is None:
            return gradient
        numbers = tf.gather(self._features, gradient.ids)
        at = tf.where(numbers >= 0)
        features = self._n_items + tf.gather_nd(numbers, at)
        theirs = summed(features, tf.gather(gradient.rows, at[:, 0]))
        return RowGradient(tf.concat([gradient.ids, theirs.ids], 0), tf.concat([gradient.rows, theirs.rows], 0))

    def _parts(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        return rows[:, : self._dim], rows[:, self._dim : 2 * self._dim], rows[:, 2 * self._dim :]


def initial_rows(counts: NDArray[np.int64], dim: int, seed: int, rank: int, n_features: int = 0) -> NDArray[np.float32]:
    """Small random vectors of the items; their bias starts as popularity, log(count) less its mean. Features: zeros.

    Each worker draws its own: only the broadcast makes them equal, so that a missing one is seen.
    """
    rows = np.random.default_rng([seed, rank]).normal(0, INITIAL_SPREAD, (len(counts), 2 * dim + 1))
    popularity = np.log(counts)
    rows[:, -1] = popularity - popularity.mean()
    return np.concatenate([rows, np.zeros((n_features, rows.shape[1]))]).astype(np.float32)


def initial_squares(n_rows: int) -> NDArray[np.float32]:
    return np.full((n_rows, 3), INITIAL_SQUARES, np.float32)


def summed(ids: tf.Tensor, rows: tf.Tensor) -> RowGradient:
    """The gradient with the rows of a repeated id added up.

    On the processor: a GPU adds in an order of its own each time, and the workers' tables would part bit by bit.
    """
    with tf.device("/CPU:0"):
        distinct, place = tf.unique(ids)
        return RowGradient(distinct, tf.math.unsorted_segment_sum(rows, place, tf.size(distinct)))
