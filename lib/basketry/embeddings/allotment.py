"""Which exchange a training has, and what each worker holds of the table by it."""

import numpy as np

from basketry.embeddings.comm import Comm
from basketry.embeddings.composition import Composition
from basketry.embeddings.exchange import Exchange, Replicated, dense, gathered
from basketry.embeddings.optimizers import Adagrad
from basketry.embeddings.samples import Spec
from basketry.embeddings.sharded import Sharded
from basketry.embeddings.table import ItemTable, initial_rows

# Above it a sum of whole tables was faster than to gather rows, by bench/exchange.py.
DENSE_FROM = 0.5


def exchange_of(spec: Spec) -> str:
    """`embeddings.exchange`, or what auto stands for: by the size of the table, and how much of it a step touches."""
    settings = spec.settings
    if settings.exchange != "auto":
        return settings.exchange
    if settings.n_workers == 1:
        return "gathered"
    if table_bytes(spec) > settings.table_mib * 2**20:
        return "sharded"
    return "dense" if settings.n_workers * touched(spec) > DENSE_FROM * spec.n_items else "gathered"


def table_of(spec: Spec, comm: Comm) -> tuple[ItemTable, Exchange]:
    """What this worker holds at first, and its way to the rest."""
    name = exchange_of(spec)
    place = (comm.rank, comm.size) if name == "sharded" else (0, 1)
    rank = 0 if name == "sharded" else comm.rank
    rows = initial_rows(spec.counts, spec.settings.embedding_dim, spec.seed, rank, spec.n_features, *place)
    table, items = ItemTable(rows, Adagrad()), Composition(spec.features)
    if name == "sharded":
        return table, Sharded(comm, table, items, spec.n_items + spec.n_features)
    return table, Replicated(comm, table, items, dense(spec.n_items) if name == "dense" else gathered)


def table_bytes(spec: Spec) -> int:
    """Of all rows, and of what the optimizer remembers of them."""
    width = 2 * spec.settings.embedding_dim + 1
    return 4 * (spec.n_items + spec.n_features) * (width + Adagrad().initial(0, width).shape[1])


def touched(spec: Spec) -> float:
    """Items that one worker's part of a step is expected to touch: slots filled by frequency, and negatives."""
    settings, counts = spec.settings, spec.counts.astype(np.float64)
    shards, weights = settings.shards / settings.n_workers, counts**settings.negative_power
    drawn = shards * (settings.slots * counts / counts.sum() + settings.negatives * weights / weights.sum())
    return float(-np.expm1(-drawn).sum())
