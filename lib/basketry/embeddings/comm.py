"""What the workers exchange: `Horovod` among several, `Alone` in one process. Training code sees no difference."""

from typing import Protocol

import tensorflow as tf


class Comm(Protocol):
    """One worker's place among `size`, and its exchanges; all workers call the same ones in the same order.

    local_rank and local_size count the workers of the same machine.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int

    def broadcast(self, value: tf.Tensor) -> tf.Tensor:
        """The first worker's value, at every worker."""

    def gather(self, rows: tf.Tensor) -> tf.Tensor:
        """[sum of n, ...]: every worker's rows [n, ...] in the order of ranks; n may differ."""

    def sum(self, value: tf.Tensor) -> tf.Tensor:
        """The sum over all workers, at every worker."""

    def swap(self, rows: tf.Tensor, splits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Rows cut into `splits` [size], piece r sent to worker r; gives the pieces received and their splits."""


class Alone:
    """The only worker: everything it would receive is its own."""

    rank, size, local_rank, local_size = 0, 1, 0, 1

    def broadcast(self, value: tf.Tensor) -> tf.Tensor:
        return value

    def gather(self, rows: tf.Tensor) -> tf.Tensor:
        return rows

    def sum(self, value: tf.Tensor) -> tf.Tensor:
        return value

    def swap(self, rows: tf.Tensor, splits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return rows, splits


class Horovod:
    """One of the workers that horovodrun or Spark started, by Gloo or NCCL."""

    def __init__(self) -> None:
        import horovod.tensorflow as hvd

        hvd.init()
        self._hvd = hvd
        self.rank, self.size = hvd.rank(), hvd.size()
        self.local_rank, self.local_size = hvd.local_rank(), hvd.local_size()

    def broadcast(self, value: tf.Tensor) -> tf.Tensor:
        return self._hvd.broadcast(value, root_rank=0)

    def gather(self, rows: tf.Tensor) -> tf.Tensor:
        return self._hvd.allgather(rows)

    def sum(self, value: tf.Tensor) -> tf.Tensor:
        return self._hvd.allreduce(value, op=self._hvd.Sum)

    def swap(self, rows: tf.Tensor, splits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        received, received_splits = self._hvd.alltoall(rows, splits=splits)
        return received, received_splits
