"""Several workers as threads of one process: real exchanges, without the seconds that processes take to start."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import tensorflow as tf


class Worker:
    """One worker's place and exchanges, as basketry.embeddings.comm.Comm says; for eager tensors."""

    def __init__(self, rank: int, size: int, given: list[Any], barrier: Barrier) -> None:
        self.rank = self.local_rank = rank
        self.size = self.local_size = size
        self._given, self._barrier = given, barrier

    def broadcast(self, value):
        return self._all(value)[0]

    def gather(self, rows):
        return tf.concat(self._all(rows), 0)

    def sum(self, value):
        return tf.add_n(self._all(value))

    def swap(self, rows, splits):
        pieces = [tf.split(theirs, ends)[self.rank] for theirs, ends in self._all((rows, splits))]
        return tf.concat(pieces, 0), tf.constant([len(piece) for piece in pieces])

    def _all(self, value):
        self._given[self.rank] = value
        self._barrier.wait()
        found = list(self._given)
        self._barrier.wait()
        return found


def together(size: int, work: Callable[[Worker], Any]) -> list[Any]:
    """What `work` gives at each of `size` workers, by rank."""
    given, barrier = [None] * size, Barrier(size, timeout=60)

    def run(rank):
        try:
            return work(Worker(rank, size, given, barrier))
        except BaseException:
            barrier.abort()
            raise

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(run, range(size)))
