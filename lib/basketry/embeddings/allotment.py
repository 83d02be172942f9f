"""What each worker holds of the table, and its way to the rest."""

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.choice import exchange_of
from basketry.embeddings.comm import Comm
from basketry.embeddings.composition import Composition
from basketry.embeddings.exchange import Exchange, Replicated, dense, gathered
from basketry.embeddings.optimizers import optimizer_of
from basketry.embeddings.sharded import Sharded
from basketry.embeddings.spec import Spec
from basketry.embeddings.table import ItemTable, initial_rows


def table_of(spec: Spec, comm: Comm) -> tuple[ItemTable, Exchange]:
    """The table as it is before the workers have agreed on it (Exchange.start)."""
    name, settings = exchange_of(spec), spec.settings
    is_sharded = name == "sharded"
    rank, part = (0, (comm.rank, comm.size)) if is_sharded else (comm.rank, (0, 1))
    rows = initial_rows(spec.counts, spec.width, spec.seed, rank, spec.n_rows - spec.n_items, *part)
    rows, frozen = _started(spec, rows, *part)
    best = settings.patience > 0
    table = ItemTable(rows, optimizer_of(settings, spec.parts), settings.clip_norm, keeps_best=best, frozen=frozen)
    items = Composition(spec.features, spec.given, spec.n_rows - spec.n_given)
    if is_sharded:
        return table, Sharded(comm, table, items, spec.n_rows)
    return table, Replicated(comm, table, items, dense(spec.n_asked) if name == "dense" else gathered)


def _started(
    spec: Spec, drawn: NDArray[np.float32], place: int, of: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """This worker's rows where the training starts, as drawn but for what is known before, and which are frozen."""
    start, frozen = spec.start, spec.frozen
    if start is not None:
        drawn = np.where(np.isnan(start[place::of]), drawn, start[place::of])
    return drawn, None if frozen is None else frozen[place::of]
