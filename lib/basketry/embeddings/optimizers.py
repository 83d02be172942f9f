"""How a row moves against its gradient: row-wise Adagrad, Adam and momentum, all three lazy.

Lazy: what is remembered of a row changes only in steps in which the row has a gradient, as in PyTorch's SparseAdam; so
Adam and momentum are their textbook selves for a row that every step touches, and no step costs more than its rows.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.settings import EmbeddingSettings

INITIAL_SQUARES = 1e-3
# Of Adam: how long squares are remembered, and what keeps a row that has none from dividing by 0.
SQUARES_KEPT, EPSILON = 0.999, 1e-7


class Optimizer(Protocol):
    """Works on rows [n, width] by themselves, so on any part of a table as on the whole."""

    def initial(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """[n, numbers remembered of a row] before the first step."""

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The next state, and what is taken off the rows. Each row of `gradient` is the whole of its step."""


class Adagrad:
    """Row-wise: one number for each part of a row, as in-vector, out-vector and bias: the sum of its mean squared
    gradients (Duchi et al. 2011). `parts` are their widths.
    """

    def __init__(self, parts: Sequence[int]) -> None:
        self._parts = list(parts)

    def initial(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.full((len(rows), len(self._parts)), INITIAL_SQUARES, np.float32)

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        parts = tf.split(gradient, self._parts, 1)
        squares = state + tf.stack([tf.reduce_mean(part**2, 1) for part in parts], 1)
        rates = rate * tf.math.rsqrt(squares)
        return squares, tf.concat([part * rates[:, i : i + 1] for i, part in enumerate(parts)], 1)


class Momentum:
    """A move is the gradient and a share of the row's last move (Polyak 1964, as in Sutskever et al. 2013)."""

    def __init__(self, share: float) -> None:
        self._share = share

    def initial(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.zeros_like(rows)

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        moves = self._share * state + rate * gradient
        return moves, moves


class Adam:
    """Mean gradient over the root of the mean square, each number's own (Kingma and Ba 2015); both means start at 0,
    and the rate (rate_of) corrects for that.
    """

    def __init__(self, share: float) -> None:
        self._share = share

    def initial(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.zeros((len(rows), 2 * rows.shape[1]), np.float32)

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mean, square = tf.split(state, 2, 1)
        mean = self._share * mean + (1 - self._share) * gradient
        square = SQUARES_KEPT * square + (1 - SQUARES_KEPT) * gradient**2
        return tf.concat([mean, square], 1), rate * mean / (tf.sqrt(square) + EPSILON)


def optimizer_of(settings: EmbeddingSettings, parts: Sequence[int]) -> Optimizer:
    """For rows whose parts have these widths."""
    if settings.optimizer == "adam":
        return Adam(settings.momentum)
    return Momentum(settings.momentum) if settings.optimizer == "momentum" else Adagrad(parts)


def rate_of(settings: EmbeddingSettings, learning_rate: float, update: int) -> float:
    """The rate of the optimizer's step in the table's update of this number, from 1.

    Adam's is corrected for both means at once, as at the end of section 2 of the paper.
    """
    if settings.optimizer != "adam":
        return learning_rate
    return learning_rate * float((1 - SQUARES_KEPT**update) ** 0.5 / (1 - settings.momentum**update))
