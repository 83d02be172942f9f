"""The training loop: the same steps on any number of workers."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from basketry.embeddings.comm import Comm
from basketry.embeddings.network import Adagrad, Floats, Ints, initial_table, shard_gradient
from basketry.embeddings.samples import Spec
from basketry.embeddings.stream import Negatives, Pack, packs
from basketry.errors import TrainingError

LOG_EVERY = 50
# Workers add the same numbers in the same order; more than this apart means a broken exchange.
TOLERANCE = 1e-5

Log = Callable[[dict[str, float]], None]


class Batch(NamedTuple):
    """One logical shard's part of a step: `ids` [n_rows] are the table rows it touches, the rest places in them."""

    ids: Ints
    at: Ints
    basket: Ints
    others: Ints
    at_negative: Ints


def train(spec: Spec, comm: Comm, log: Log) -> Floats:
    """The trained table [n_items, 2 d + 1], equal at every worker.

    Raises TrainingError at every worker alike when the loss is not finite or the workers disagree.
    """
    table = initial_table(spec.n_items, spec.embedding_dim, spec.seed, comm.rank)
    optimizer = Adagrad(comm.broadcast(table, "table").copy())
    negatives = Negatives(np.load(spec.counts_file, allow_pickle=False), spec.negative_power, spec.negatives)
    mine = range(comm.rank * spec.shards // comm.size, (comm.rank + 1) * spec.shards // comm.size)
    batches = {shard: _batches(spec, shard, negatives) for shard in mine}
    started, tally = time.monotonic(), _Tally()
    for step in range(1, spec.n_steps + 1):
        rate = learning_rate(spec, step)
        tally.add(*_step(spec, comm, optimizer, [next(batches[s]) for s in mine], negatives.log_probability, rate))
        if step % LOG_EVERY == 0 or step == spec.n_steps:
            log(tally.row(spec, step, rate, time.monotonic() - started, comm.size))
    _agree(comm, optimizer.table)
    return optimizer.table


def learning_rate(spec: Spec, step: int) -> float:
    """Falls on a line from the set rate to a tenth of it."""
    return spec.learning_rate * (1 - 0.9 * (step - 1) / spec.n_steps)


def _step(
    spec: Spec, comm: Comm, optimizer: Adagrad, batches: list[Batch], log_q: Floats, rate: float
) -> tuple[float, int]:
    """One step of all logical shards: gives their mean loss and the examples learnt from."""
    found = [_gradient(optimizer.table, batch, log_q) for batch in batches]
    # Ranks hold consecutive shards, so gathering gives the order of shards on any number of workers.
    ids = comm.gather(np.concatenate([batch.ids for batch in batches]), "ids")
    gradient = comm.gather(np.concatenate([g for _, g in found]), "gradient") / np.float32(spec.shards)
    mine = [(loss, np.count_nonzero(batch.others)) for (loss, _), batch in zip(found, batches, strict=True)]
    facts = comm.gather(np.array(mine, np.float64), "losses")
    loss = float(facts[:, 0].mean())
    if not (np.isfinite(loss) and np.isfinite(gradient).all()):
        raise TrainingError(
            f"embeddings: the loss became {loss}; lower embeddings.learning_rate = {spec.learning_rate}"
        )
    optimizer.update(ids, gradient, rate)
    return loss, int(facts[:, 1].sum())


def _gradient(table: Floats, batch: Batch, log_q: Floats) -> tuple[float, Floats]:
    loss, gradient = shard_gradient(
        table[batch.ids], batch.at, batch.basket, batch.others, batch.at_negative, log_q[batch.ids]
    )
    return float(loss), np.asarray(gradient)


def _batches(spec: Spec, shard: int, negatives: Negatives) -> Iterator[Batch]:
    """Endless; batch number n of a shard depends on the seed only."""
    stream = packs(spec.shard_file(shard), spec.seed, shard, spec.slots)
    step = 0
    while True:
        step += 1
        held = [next(stream) for _ in range(spec.packs)]
        yield _batch(held, negatives.draw(spec.seed, step, shard))


def _batch(held: list[Pack], sampled: Ints) -> Batch:
    items = np.stack([pack.items for pack in held])
    ids, at = np.unique(np.concatenate([items.ravel(), sampled]), return_inverse=True)
    place = at.astype(np.int32)
    basket, others = np.stack([pack.basket for pack in held]), np.stack([pack.others for pack in held])
    return Batch(ids, place[: items.size].reshape(items.shape), basket, others, place[items.size :])


def _agree(comm: Comm, table: Floats) -> None:
    """Raise TrainingError at every worker when any of them differs from worker 0."""
    apart = np.abs(table - comm.broadcast(table, "final")).max()
    worst = float(comm.gather(np.array([apart], np.float64), "apart").max())
    if not worst <= TOLERANCE:
        raise TrainingError(
            f"embeddings: the workers' tables differ by {worst:.2g} after training; the exchange is broken"
        )


class _Tally:
    """Loss and examples since the last row of the log."""

    def __init__(self) -> None:
        self._losses: list[float] = []
        self._examples = 0

    def add(self, loss: float, examples: int) -> None:
        self._losses.append(loss)
        self._examples += examples

    def row(self, spec: Spec, step: int, rate: float, seconds: float, workers: int) -> dict[str, float]:
        epoch = 1 + (step - 1) * spec.shards * spec.packs * spec.slots // spec.n_tokens
        row = {
            "step": step,
            "epoch": epoch,
            "loss": float(np.mean(self._losses)),
            "learning_rate": rate,
            "n_examples": self._examples,
            "seconds": seconds,
            "n_workers": workers,
        }
        self._losses, self._examples = [], 0
        return row
