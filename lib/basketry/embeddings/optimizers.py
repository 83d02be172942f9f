"""How a row moves against its gradient. What is remembered of a row changes only when the row has a gradient."""

from typing import Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

INITIAL_SQUARES = 1e-3


class Optimizer(Protocol):
    """Works on rows [n, 2 dim + 1] by themselves, so on any part of a table as on the whole."""

    def initial(self, n: int, width: int) -> NDArray[np.float32]:
        """[n, numbers remembered of a row] before the first step."""

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The next state, and what is taken off the rows. Each row of `gradient` is the whole of its step."""


class Adagrad:
    """Row-wise: one number for each of in-vector, out-vector and bias, the sum of its mean squared gradients (Duchi et
    al. 2011).
    """

    def initial(self, n: int, width: int) -> NDArray[np.float32]:
        return np.full((n, 3), INITIAL_SQUARES, np.float32)

    def step(self, state: tf.Tensor, gradient: tf.Tensor, rate: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        dim = gradient.shape[1] // 2
        parts = gradient[:, :dim], gradient[:, dim : 2 * dim], gradient[:, 2 * dim :]
        squares = state + tf.stack([tf.reduce_mean(part**2, 1) for part in parts], 1)
        rates = rate * tf.math.rsqrt(squares)
        return squares, tf.concat([part * rates[:, i : i + 1] for i, part in enumerate(parts)], 1)
