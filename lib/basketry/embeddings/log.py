"""How training goes: the rows of gold.training_log."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from basketry.embeddings.checkpoints import State
from basketry.embeddings.comm import Comm
from basketry.embeddings.spec import Spec
from basketry.errors import TrainingError


@dataclass(frozen=True)
class LogRow:
    """A row of gold.training_log."""

    step: int
    epoch: int
    loss: float
    validation_loss: float | None
    learning_rate: float
    n_examples: int
    seconds: float
    n_workers: int


class Log:
    """Sums of this worker's steps since the last row; the first worker writes the rows of all.

    `validate` gives the loss on the holdout as the rows stand then, equal at every worker; all call it together.
    """

    def __init__(
        self, spec: Spec, comm: Comm, validate: Callable[[], float | None], write: Callable[[LogRow], None]
    ) -> None:
        self._spec, self._comm, self._validate, self._write = spec, comm, validate, write
        self._started = time.monotonic()
        self._loss, self._n_examples = 0.0, 0
        self.rows: list[dict[str, Any]] = []

    @property
    def seconds(self) -> float:
        """Trained so far, before a checkpoint too."""
        return time.monotonic() - self._started

    def start(self, state: State | None) -> None:
        """Go on from the first worker's checkpoint: its rows are written again, its sums are this worker's own."""
        if state:
            self._started -= state.seconds
            self._loss, self._n_examples = state.loss, state.n_examples
            for row in state.log:
                self._put(LogRow(**row))

    def open_sums(self) -> tuple[float, int]:
        """Loss and examples of all workers since the last row; all call it together."""
        loss, n_examples = np.asarray(self._sums())
        return float(loss), int(n_examples)

    def add(self, step: int, rate: float, loss: float, n_examples: int) -> float | None:
        """Count a step; every `log_every` steps and at the last, write a row: gives its validation loss.

        Raises TrainingError at every worker alike when the loss is not finite.
        """
        self._loss, self._n_examples = self._loss + loss, self._n_examples + n_examples
        if step % self._spec.settings.log_every == 0 or step == self._spec.n_steps:
            return self._finish_row(step, rate)
        return None

    def _finish_row(self, step: int, rate: float) -> float | None:
        total, n = np.asarray(self._sums())
        self._loss, self._n_examples = 0.0, 0
        if not np.isfinite(total):
            raise TrainingError(
                f"embeddings: step {step}: the loss became {total}; lower {self._spec.learning_rate_set}"
            )
        validation_loss = self._validate()
        if self._comm.rank == 0:
            epoch = 1 + (step - 1) * self._spec.slots_per_step // self._spec.n_tokens
            size = self._comm.size
            self._put(LogRow(step, epoch, float(total / n), validation_loss, rate, int(n), self.seconds, size))
        return validation_loss

    def _put(self, row: LogRow) -> None:
        self.rows.append(asdict(row))
        self._write(row)

    def _sums(self) -> tf.Tensor:
        return self._comm.sum(tf.constant([self._loss, self._n_examples], tf.float64))
