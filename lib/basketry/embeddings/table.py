"""The rows of all items, or those that one worker holds, and their update, right on repeated ids."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.optimizers import Optimizer
from basketry.embeddings.stream import popularity

INITIAL_SPREAD = 0.1
# Rows that are drawn or sent at once, so that little is held twice.
BLOCK = 65_536


class RowGradient(NamedTuple):
    """A gradient by rows: ids [n], each once, and rows [n, 2 dim + 1]."""

    ids: tf.Tensor
    rows: tf.Tensor


class ItemTable:
    """`rows` [held, 2 dim + 1]: in-vector, out-vector, bias; and what the optimizer remembers of each."""

    def __init__(
        self,
        rows: NDArray[Any],
        optimizer: Optimizer,
        clip_norm: float | None = None,
        *,
        keeps_best: bool = False,
        frozen: NDArray[np.bool_] | None = None,
    ) -> None:
        self.rows = tf.Variable(rows)
        self.state = tf.Variable(optimizer.initial(rows))
        self._best = tf.Variable(rows) if keeps_best else None
        self._optimizer, self._clip_norm = optimizer, clip_norm
        self._movable = None if frozen is None else tf.constant(~frozen)

    @property
    def variables(self) -> dict[str, tf.Variable]:
        """All that a checkpoint must hold, by name; each [held, some width]."""
        best = {} if self._best is None else {"best": self._best}
        return {"rows": self.rows, "state": self.state, **best}

    def note_best(self) -> None:
        """Remember the rows as they stand, if any are to be remembered."""
        if self._best is not None:
            self._best.assign(self.rows)

    def take(self, ids: tf.Tensor) -> tf.Tensor:
        """[..., 2 dim + 1]: the rows of ids [...]."""
        return tf.gather(self.rows, ids)

    def update(self, gradient: RowGradient, square: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        """Move the rows of `gradient` against it; gives whether it was finite, and changes nothing if not.

        `square`: the squared norm of the gradient of the whole table, of which these may be a worker's rows.
        """
        finite = tf.math.is_finite(square)
        gradient = self._movable_of(gradient)
        if finite:
            rows = gradient.rows if self._clip_norm is None else clipped(gradient.rows, square, self._clip_norm)
            state = tf.cast(tf.gather(self.state, gradient.ids), rows.dtype)
            state, moves = self._optimizer.step(state, rows, tf.cast(rate, rows.dtype))
            self.state.scatter_update(tf.IndexedSlices(tf.cast(state, tf.float32), gradient.ids))
            self.rows.scatter_sub(tf.IndexedSlices(tf.cast(moves, tf.float32), gradient.ids))
        return finite

    def _movable_of(self, gradient: RowGradient) -> RowGradient:
        """Without the rows that are frozen."""
        if self._movable is None:
            return gradient
        at = tf.where(tf.gather(self._movable, gradient.ids))[:, 0]
        return RowGradient(tf.gather(gradient.ids, at), tf.gather(gradient.rows, at))


def initial_rows(
    counts: NDArray[np.int64], width: int, seed: int, rank: int, n_zeros: int = 0, place: int = 0, of: int = 1
) -> NDArray[np.float32]:
    """Small random vectors of the items; their bias, the last number, starts as popularity. Behind them `n_zeros` rows
    of zeros, where labels, features and the projection start.

    All rows, or of `of` parts the one with the rows place, place + of, ... A worker that draws by its own rank has rows
    of its own: only the broadcast makes them equal, so that a missing one is seen.
    """
    random = np.random.default_rng([seed, rank])
    popular = popularity(counts)
    found = np.zeros((len(range(place, len(counts) + n_zeros, of)), width), np.float32)
    for first in range(0, len(counts), BLOCK):
        drawn = random.normal(0, INITIAL_SPREAD, (min(BLOCK, len(counts) - first), width))
        drawn[:, -1] = popular[first : first + BLOCK]
        mine = drawn[(place - first) % of :: of]
        start = len(range(place, first, of))
        found[start : start + len(mine)] = mine
    return found


def summed(ids: tf.Tensor, rows: tf.Tensor) -> RowGradient:
    """The gradient with the rows of a repeated id added up.

    On the processor: a GPU adds in an order of its own each time, and the workers' tables would part bit by bit.
    """
    with tf.device("/CPU:0"):
        distinct, place = tf.unique(ids)
        return RowGradient(distinct, tf.math.unsorted_segment_sum(rows, place, tf.size(distinct)))


def squared_norm(gradient: RowGradient) -> tf.Tensor:
    """In float64, where no square of a finite float32 is infinite, and another order of adding leaves no trace."""
    return tf.reduce_sum(tf.square(tf.cast(gradient.rows, tf.float64)))


def clipped(rows: tf.Tensor, square: tf.Tensor, norm: float) -> tf.Tensor:
    """Rows of a gradient with the squared norm `square`, made shorter where that is longer than `norm` (Pascanu et al.
    2013).
    """
    return rows * tf.cast(norm / tf.maximum(tf.sqrt(square), norm), rows.dtype)
