"""How the workers' gradients reach the table: a copy at every worker that all update alike."""

from typing import Protocol

import tensorflow as tf

from basketry.embeddings.comm import Comm
from basketry.embeddings.table import ItemTable, RowGradient, summed


class Exchange(Protocol):
    """Rows out of the table, gradients into it."""

    def fetch(self, ids: tf.Tensor) -> tf.Tensor:
        """[n, 2 dim + 1] the items of ids [n], each once."""

    def push(self, gradient: RowGradient, learning_rate: tf.Tensor) -> tf.Tensor:
        """Update with the sum of all workers' gradients; gives whether it was finite. If not, nothing changes."""


class Gathered:
    """Each worker holds the whole table; the touched rows of all workers are gathered at each."""

    def __init__(self, comm: Comm, table: ItemTable) -> None:
        self._comm, self._table = comm, table

    def fetch(self, ids: tf.Tensor) -> tf.Tensor:
        return self._table.of(ids)

    def push(self, gradient: RowGradient, learning_rate: tf.Tensor) -> tf.Tensor:
        all_rows = summed(self._comm.gather(gradient.ids), self._comm.gather(gradient.rows))
        # Every worker sees the same sum, so all decide alike.
        finite = tf.math.is_finite(tf.reduce_sum(all_rows.rows))
        if finite:
            self._table.update(all_rows, learning_rate)
        return finite
