"""gold: item embeddings, their neighbours, and how training went."""

from basketry.tables.contract import BIGINT, DOUBLE, FLOATS, INT, STRING, Column, Table

ITEM_EMBEDDINGS = Table(
    "gold",
    "item_embeddings",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("vector_in", FLOATS, "vector of the item as context [embedding_dim]"),
        Column("vector_out", FLOATS, "vector of the item as target [embedding_dim]"),
        Column("bias", DOUBLE, "learnt bias of the item as target"),
    ),
    note="Item embeddings: score of an item for a basket = mean of the basket's vector_in . vector_out + bias.",
)

ITEM_NEIGHBOURS = Table(
    "gold",
    "item_neighbours",
    key=("item_id", "position"),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("position", INT, "place in the item's list, from 1", check="position >= 1"),
        Column("neighbour_item_id", STRING, "the item near it"),
        Column("similarity", DOUBLE, "cosine of vector_in (-1 to 1)"),
    ),
    note="Nearest items by embedding.",
)

_LEARNT = (
    Column("step", BIGINT, "global training step, from 1"),
    Column("epoch", INT, "pass over the baskets, from 1"),
    Column("loss", DOUBLE, "mean completion loss since the row before (nats)"),
)
_HOW = (
    Column("learning_rate", DOUBLE, "of the row-wise Adagrad"),
    Column("n_examples", BIGINT, "left-out items learnt from since the row before"),
    Column("seconds", DOUBLE, "wall time since the start of training (s)", varies=True),
    Column("n_workers", INT, "Horovod workers"),
)

TRAINING_LOG = Table(
    "gold",
    "training_log",
    key=("step",),
    columns=(*_LEARNT, *_HOW),
    note="How the published embeddings were trained: on every basket, so that none is left to validate them on.",
)

VALIDATION_LOG = Table(
    "gold",
    "validation_log",
    key=("step",),
    columns=(
        *_LEARNT,
        Column(
            "validation_loss",
            DOUBLE,
            "mean completion loss after the step, of one sample of the holdout's baskets, never learnt from (nats); "
            "null when none of them holds two known items",
            nullable=True,
        ),
        *_HOW,
    ),
    note="How the embeddings that `evaluate` judges were trained: as those published, on the days before its holdout.",
)
