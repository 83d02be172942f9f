"""What each worker holds of the table, and its way to the rest."""

from basketry.embeddings.choice import exchange_of
from basketry.embeddings.comm import Comm
from basketry.embeddings.composition import Composition
from basketry.embeddings.exchange import Exchange, Replicated, dense, gathered
from basketry.embeddings.optimizers import optimizer_of
from basketry.embeddings.samples import Spec
from basketry.embeddings.sharded import Sharded
from basketry.embeddings.table import ItemTable, initial_rows


def table_of(spec: Spec, comm: Comm) -> tuple[ItemTable, Exchange]:
    """The table as it is before the workers have agreed on it (Exchange.start)."""
    name, settings = exchange_of(spec), spec.settings
    is_sharded = name == "sharded"
    rank, part = (0, (comm.rank, comm.size)) if is_sharded else (comm.rank, (0, 1))
    rows = initial_rows(spec.counts, settings.embedding_dim, spec.seed, rank, spec.n_features, *part)
    table = ItemTable(rows, optimizer_of(settings), settings.clip_norm, keeps_best=settings.patience > 0)
    items = Composition(spec.features)
    if is_sharded:
        return table, Sharded(comm, table, items, spec.n_items + spec.n_features)
    return table, Replicated(comm, table, items, dense(spec.n_items) if name == "dense" else gathered)
