"""How workers exchange: `Horovod` among several, `Alone` in one process. The training code sees no difference."""

from typing import Any

import numpy as np


class Alone:
    """One worker: everything it would receive is its own."""

    rank, size, local_rank = 0, 1, 0

    def gather(self, rows: Any, _name: str) -> Any:
        return rows

    def broadcast(self, values: Any, _name: str) -> Any:
        return values


class Horovod:
    """The workers of this Horovod job, by Gloo or NCCL."""

    def __init__(self) -> None:
        import horovod.tensorflow as hvd

        hvd.init()
        self._hvd = hvd
        self.rank, self.size, self.local_rank = hvd.rank(), hvd.size(), hvd.local_rank()

    def gather(self, rows: Any, name: str) -> Any:
        """[sum of n, ...]: every worker's rows [n, ...], in the order of ranks; n may differ."""
        return np.asarray(self._hvd.allgather(rows, name=name))

    def broadcast(self, values: Any, name: str) -> Any:
        """The values of worker 0, at every worker."""
        return np.asarray(self._hvd.broadcast(values, root_rank=0, name=name))


Comm = Alone | Horovod
