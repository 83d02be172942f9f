"""A table that outgrows a worker: each holds the rows r with r % workers = its rank, and sends what others ask for."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.comm import Comm
from basketry.embeddings.composition import Composition
from basketry.embeddings.exchange import Arrays
from basketry.embeddings.table import BLOCK, ItemTable, RowGradient, squared_norm, summed


class Sharded:
    """`table` holds this worker's part of the n_rows rows; ids and rows travel to their owners and back.

    A step's traffic is what it touches, whatever the size of the table. Only the first worker ever
    has all of it, for a checkpoint and at the end: it needs memory for that besides its own part.
    """

    def __init__(self, comm: Comm, table: ItemTable, items: Composition, n_rows: int) -> None:
        self._comm, self._table, self._items, self._n_rows = comm, table, items, n_rows

    def start(self, arrays: Arrays | None) -> None:
        # New rows are drawn by their owners from one seed.
        if int(self._comm.broadcast(tf.constant(int(arrays is not None)))):
            for name, variable in self._table.variables.items():
                self._deal(arrays[name] if arrays else None, variable)

    def fetch(self, ids: tf.Tensor) -> tf.Tensor:
        return self._items.of(ids, self._take)

    def push(self, gradient: RowGradient, rate: tf.Tensor) -> tf.Tensor:
        gradient = self._items.spread(gradient)
        order, splits = self._by_owner(gradient.ids)
        ids, _ = self._comm.swap(tf.gather(gradient.ids, order), splits)
        rows, _ = self._comm.swap(tf.gather(gradient.rows, order), splits)
        mine = summed(ids // self._comm.size, tf.ensure_shape(rows, [None, gradient.rows.shape[1]]))
        # The sum over all rows of the table is the same at every worker, so all decide alike.
        return self._table.update(mine, self._comm.sum(squared_norm(mine)), rate)

    def whole(self, variable: tf.Variable) -> NDArray[np.float32] | None:
        size, width = self._comm.size, variable.shape[1]
        found = np.empty((self._n_rows if self._comm.rank == 0 else 0, width), np.float32)
        for first, sizes in self._blocks():
            mine = sizes[self._comm.rank]
            sent = tf.gather(variable, tf.range(first, first + mine))
            received, _ = self._comm.swap(sent, tf.constant([mine] + [0] * (size - 1)))
            if self._comm.rank == 0:
                for rank, piece in enumerate(np.split(np.asarray(received), np.cumsum(sizes)[:-1])):
                    found[rank + size * first :: size][: len(piece)] = piece
        return found if self._comm.rank == 0 else None

    def disagreement(self) -> float:
        """0: no row is at two workers."""
        return 0.0

    def _take(self, numbers: tf.Tensor) -> tf.Tensor:
        """Rows of the table by their numbers, of any shape; each is asked for once."""
        wanted, place = tf.unique(tf.reshape(numbers, [-1]))
        order, splits = self._by_owner(wanted)
        asked, asked_splits = self._comm.swap(tf.gather(wanted, order), splits)
        found, _ = self._comm.swap(self._table.take(asked // self._comm.size), asked_splits)
        found = tf.ensure_shape(found, [None, self._table.rows.shape[1]])
        back = tf.gather(tf.math.invert_permutation(order), place)
        return tf.gather(found, tf.reshape(back, tf.shape(numbers)))

    def _by_owner(self, numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Order in which rows of one owner lie together, owners by rank, and how many are each one's."""
        owners, size = numbers % self._comm.size, self._comm.size
        return tf.argsort(owners, stable=True), tf.math.bincount(owners, minlength=size, maxlength=size)

    def _deal(self, whole: NDArray[np.float32] | None, variable: tf.Variable) -> None:
        """Give every worker its part of what the first one has."""
        nothing = np.empty((0, variable.shape[1]), np.float32)
        for first, sizes in self._blocks():
            pieces = [
                nothing if whole is None else whole[r :: len(sizes)][first : first + n] for r, n in enumerate(sizes)
            ]
            sent, splits = tf.constant(np.concatenate(pieces)), tf.constant([len(piece) for piece in pieces])
            received, _ = self._comm.swap(sent, splits)
            at = tf.range(first, first + sizes[self._comm.rank])
            variable.scatter_update(tf.IndexedSlices(received, at))

    def _blocks(self) -> Iterator[tuple[int, list[int]]]:
        """Where each block of the parts begins, and how many rows of each worker's are in it."""
        held = [len(range(rank, self._n_rows, self._comm.size)) for rank in range(self._comm.size)]
        for first in range(0, held[0], BLOCK):
            yield first, [min(BLOCK, max(0, n - first)) for n in held]
