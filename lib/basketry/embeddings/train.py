"""The training of one worker: a plain loop, the same on one worker or many."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from basketry.embeddings.allotment import table_of
from basketry.embeddings.augment import augmentation_of
from basketry.embeddings.checkpoints import State, load, save
from basketry.embeddings.comm import Comm
from basketry.embeddings.compiled import graph
from basketry.embeddings.log import Log, LogRow
from basketry.embeddings.optimizers import rate_of
from basketry.embeddings.patience import Patience
from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import packs
from basketry.embeddings.table import RowGradient
from basketry.embeddings.tasks import task_of
from basketry.embeddings.validation import Validation
from basketry.errors import TrainingError

# The same numbers added in another order; anything above is another result.
TOLERANCE = 1e-5


def train(spec: Spec, comm: Comm, write: Callable[[LogRow], None]) -> NDArray[np.float32] | None:
    """The trained rows [n_rows, width] at the first worker, whose memory they must fit; None elsewhere.

    Raises TrainingError at every worker alike when the loss is not finite or the workers end with different rows.
    """
    trainer = Trainer(spec, comm)
    log = Log(spec, comm, trainer.validation.loss, write)
    state = load(Path(spec.resume), spec.identity) if spec.resume and comm.rank == 0 else None
    trainer.start(state)
    log.start(state)
    while not trainer.is_done:
        trainer.judge(log.add(*trainer.advance()))
        if spec.checkpoints and (trainer.step % spec.settings.checkpoint_every == 0 or trainer.is_done):
            keep(Path(spec.checkpoints), spec.identity, trainer, log, comm)
    difference = trainer.exchange.disagreement()
    if not difference <= TOLERANCE:
        raise TrainingError(
            f"embeddings: the workers' rows differ by {difference:.2g} after training, allowed is {TOLERANCE:.0e}; "
            "the exchange is broken: check that all workers run the same versions"
        )
    return trainer.rows()


def keep(folder: Path, name: str, trainer: "Trainer", log: Log, comm: Comm) -> None:
    """Leave a checkpoint; all workers call it, the first one writes the whole table."""
    loss, n_examples = log.open_sums()
    arrays = trainer.arrays()
    if comm.rank == 0:
        save(folder, name, State(trainer.step, trainer.skipped, loss, n_examples, log.seconds, log.rows, arrays))


class Trainer:
    """One worker's state: its shards' streams, its copy or its part of the table, and how far it is."""

    def __init__(self, spec: Spec, comm: Comm) -> None:
        self._spec, self._comm = spec, comm
        settings = spec.settings
        self._task = task_of(spec)
        self.table, self.exchange = table_of(spec, comm)
        each = settings.shards // comm.size
        self._shards = range(comm.rank * each, (comm.rank + 1) * each)
        change = augmentation_of(spec)
        self._streams = [packs(spec.shard_file(s), spec.seed, s, settings.slots, change) for s in self._shards]
        self.validation = Validation(spec, comm, self._shards, self._task, self.exchange)
        self._run = graph(self._learn)
        self._patience = Patience(settings.patience)
        self.step = 0
        self.skipped = 0

    def start(self, state: State | None) -> None:
        """Take the first worker's place and table: those of its checkpoint `state`, which it alone reads, or new ones.

        Packs of steps done are read and let go: their number is the place in the stream.
        """
        if state:
            self.step, self.skipped = state.step, state.skipped
            for row in state.log:
                self._patience.see(row["validation_loss"])
        place = self._comm.broadcast(tf.constant([self.step, self.skipped, self._patience.since], tf.int64))
        self.step, self.skipped, self._patience.since = map(int, np.asarray(place))
        self._patience.best = float(self._comm.broadcast(tf.constant(self._patience.best, tf.float64)))
        self.exchange.start(state.arrays if state else None)
        for stream in self._streams:
            deque(islice(stream, self.step), maxlen=0)

    @property
    def is_done(self) -> bool:
        """After the last step, or when the validation loss has not fallen for `patience` rows of the log."""
        return self.step >= self._spec.n_steps or self._patience.is_over

    def judge(self, validation_loss: float | None) -> None:
        """Remember the rows if they are the best so far."""
        if self._patience.see(validation_loss):
            self.table.note_best()

    def rows(self) -> NDArray[np.float32] | None:
        """[n_rows, width] at the first worker; None at the others. With `patience` the best ones."""
        variables = self.table.variables
        has_best = "best" in variables and self._patience.best < inf
        return self.exchange.whole(variables["best" if has_best else "rows"])

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """What a checkpoint holds of the table, at the first worker."""
        found = {name: self.exchange.whole(variable) for name, variable in self.table.variables.items()}
        return {name: array for name, array in found.items() if array is not None}

    def advance(self) -> tuple[int, float, float, int]:
        """Do one step; gives its number, learning rate, loss (nats, summed) and examples of this worker.

        Raises TrainingError when too many gradients were not finite.
        """
        rate = self.learning_rate()
        scaled = rate_of(self._spec.settings, rate, self.step - self.skipped + 1)
        loss, n_examples, finite = self._run(list(self._parts()), tf.constant(scaled, tf.float32))
        self.step += 1
        self.skipped += not finite
        if self.skipped > self._spec.settings.max_skipped:
            raise TrainingError(
                f"embeddings: step {self.step}: the gradient was not finite in {self.skipped} steps; "
                f"lower {self._spec.learning_rate_set}"
            )
        return self.step, rate, float(loss), int(n_examples)

    def learning_rate(self) -> float:
        """Rises over warmup_steps, then falls on a line to nothing after the last step."""
        settings = self._spec.settings
        rise = min(1.0, (self.step + 1) / max(1, settings.warmup_steps))
        return settings.learning_rate * rise * (1 - self.step / self._spec.n_steps)

    def _parts(self) -> Iterator[Any]:
        for shard, stream in zip(self._shards, self._streams, strict=True):
            yield self._task.part(next(stream), self.step, shard)

    def _learn(self, parts: list[Any], rate: tf.Tensor) -> tuple[Any, Any, Any]:
        """Loss and examples of this worker's parts, and whether the gradient of all workers was finite."""
        found = self._task.losses(parts, self.exchange.fetch, learns=True)
        finite = self.exchange.push(RowGradient(found.ids, self._task.gradient(parts, found)), rate)
        losses = found.losses
        return tf.add_n([x.total for x in losses]), tf.add_n([x.n_examples for x in losses]), finite
