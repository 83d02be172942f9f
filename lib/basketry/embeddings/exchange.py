"""How the workers' gradients reach the table where each holds all of it, and all update alike."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.comm import Comm
from basketry.embeddings.composition import Composition
from basketry.embeddings.table import ItemTable, RowGradient, squared_norm, summed

Arrays = Mapping[str, NDArray[Any]]


class Exchange(Protocol):
    """Rows out of the table, gradients into it. All workers call each of these together."""

    def start(self, arrays: Arrays | None) -> None:
        """Take the first worker's table: that of its checkpoint, which it alone has read, or its new one."""

    def fetch(self, ids: tf.Tensor) -> tf.Tensor:
        """[n, 2 dim + 1] the items of ids [n], each once."""

    def push(self, gradient: RowGradient, rate: tf.Tensor) -> tf.Tensor:
        """Update with the sum of all workers' gradients; gives whether it was finite. If not, nothing changes."""

    def whole(self, variable: tf.Variable) -> NDArray[np.float32] | None:
        """One of the table's variables of all rows in order, at the first worker; None at the others."""

    def disagreement(self) -> float:
        """The largest difference of any worker's rows from the first worker's; NaN when there is one."""


class Replicated:
    """Each worker holds the whole table; `add` sums the gradients of all, in one way or another, the same at each."""

    def __init__(
        self, comm: Comm, table: ItemTable, items: Composition, add: Callable[[Comm, RowGradient], RowGradient]
    ) -> None:
        self._comm, self._table, self._items, self._add = comm, table, items, add

    def start(self, arrays: Arrays | None) -> None:
        for name, variable in self._table.variables.items():
            if arrays:
                variable.assign(arrays[name])
            variable.assign(self._comm.broadcast(tf.convert_to_tensor(variable)))

    def fetch(self, ids: tf.Tensor) -> tf.Tensor:
        return self._items.of(ids, self._table.take)

    def push(self, gradient: RowGradient, rate: tf.Tensor) -> tf.Tensor:
        found = self._items.spread(self._add(self._comm, gradient))
        # Every worker sees the same sum, so all decide alike.
        return self._table.update(found, squared_norm(found), rate)

    def whole(self, variable: tf.Variable) -> NDArray[np.float32] | None:
        return np.asarray(variable) if self._comm.rank == 0 else None

    def disagreement(self) -> float:
        rows = tf.convert_to_tensor(self._table.rows)
        apart = tf.reduce_max(tf.abs(rows - self._comm.broadcast(rows)))
        return float(np.max(self._comm.gather(apart[None])))


def gathered(comm: Comm, gradient: RowGradient) -> RowGradient:
    """The touched rows of all workers come to each: little, where a step touches few rows of the table."""
    return summed(comm.gather(gradient.ids), comm.gather(gradient.rows))


def dense(n_items: int) -> Callable[[Comm, RowGradient], RowGradient]:
    """As a table of `n_items` rows, zeros where nothing was touched: what is sent does not grow with the workers."""

    def add(comm: Comm, gradient: RowGradient) -> RowGradient:
        # A last column counts: a row whose gradients cancel out is touched too, and an optimizer may move it.
        marked = tf.pad(gradient.rows, [[0, 0], [0, 1]], constant_values=1.0)
        found = comm.sum(tf.scatter_nd(gradient.ids[:, None], marked, [n_items, marked.shape[1]]))
        touched = tf.where(found[:, -1] > 0)[:, 0]
        return RowGradient(tf.cast(touched, gradient.ids.dtype), tf.gather(found, touched)[:, :-1])

    return add
