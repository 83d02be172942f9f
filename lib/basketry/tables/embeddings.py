"""gold: item embeddings, their neighbours, and how training went."""

from basketry.tables.contract import (
    BIGINT,
    BINARY,
    BOOLEAN,
    DOUBLE,
    FLOATS,
    INT,
    INTS,
    STRING,
    TINY_INTS,
    Column,
    Table,
)

ITEM_EMBEDDINGS = Table(
    "gold",
    "item_embeddings",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("vector_in", FLOATS, "vector of the item as context [embedding_dim]"),
        Column("vector_out", FLOATS, "vector of the item as target [embedding_dim]"),
        Column("bias", DOUBLE, "learnt bias of the item as target"),
        Column("is_cold", BOOLEAN, "true when too few baskets hold the item: its vectors are its features' alone"),
    ),
    note="Item embeddings: score of an item for a basket = mean of the basket's vector_in . vector_out + bias.",
)

ITEM_EMBEDDINGS_INT8 = Table(
    "gold",
    "item_embeddings_int8",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("numbers_in", TINY_INTS, "vector_in over its scale, rounded (-127 to 127) [embedding_dim]"),
        Column("scale_in", DOUBLE, "what the numbers are multiplied by", check="scale_in >= 0"),
        Column("numbers_out", TINY_INTS, "vector_out over its scale, rounded (-127 to 127) [embedding_dim]"),
        Column("scale_out", DOUBLE, "what the numbers are multiplied by", check="scale_out >= 0"),
        Column("bias", DOUBLE, "learnt bias of the item as target"),
    ),
    note="gold.item_embeddings in a quarter of the memory: vector = numbers * scale, off by half a scale at most.",
)

ITEM_EMBEDDINGS_HALF = Table(
    "gold",
    "item_embeddings_half",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("vector_in", BINARY, "vector_in as little-endian float16, 2 bytes a number [embedding_dim]"),
        Column("vector_out", BINARY, "vector_out as little-endian float16, 2 bytes a number [embedding_dim]"),
        Column("bias", DOUBLE, "learnt bias of the item as target"),
    ),
    note="gold.item_embeddings in half of the memory: np.frombuffer(vector_in, '<f2'); a number is off by 1 / 2,048 of "
    "itself at most, by 3e-8 where it is below 6e-5, and none is beyond 65,504.",
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

USER_EMBEDDINGS = Table(
    "gold",
    "user_embeddings",
    key=("user_id",),
    columns=(
        Column("user_id", STRING, "the user"),
        Column("vector", FLOATS, "mean vector_in of the items bought, each as often as bought [embedding_dim]"),
        Column("n_items", INT, "distinct items it is the mean of", check="n_items >= 1"),
    ),
    note="Where users lie among the items: score of an item for a user = vector . vector_out + bias.",
)

VECTOR_MOVES = Table(
    "gold",
    "vector_moves",
    key=("vector",),
    columns=(
        Column("vector", STRING, "which of an item's vectors: in or out"),
        Column("n_known", BIGINT, "items learnt before, whose vectors the training started from", check="n_known >= 1"),
        Column("n_new", BIGINT, "other items learnt now", check="n_new >= 0"),
        Column("median", DOUBLE, "of how far training moved the vectors of known items (cosine distance, 0 to 2)"),
        Column("p99", DOUBLE, "99 % of them moved no further (cosine distance)"),
        Column("largest", DOUBLE, "of the one that moved furthest, before it was turned back (cosine distance)"),
        Column("n_pulled_back", BIGINT, "vectors beyond embeddings.max_drift, turned back to it"),
    ),
    note="How far the last training moved items that it started from; no rows when it started from nothing.",
)

PAIR_VECTORS = Table(
    "gold",
    "pair_vectors",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("vector", FLOATS, "vector of the item in pairs [pair_dim]"),
        Column("bias", DOUBLE, "bias of the item in pairs; starts as log of its baskets, less the mean"),
    ),
    note="Vectors of the pair head, of its own; no rows when embeddings.pair_head is off.",
)

PAIR_HEAD = Table(
    "gold",
    "pair_head",
    key=("name",),
    columns=(
        Column("name", STRING, "weight_1 and bias_1 of the first layer, and so on; calibration is slope and offset"),
        Column("shape", INTS, "of the array: inputs and units of a weight"),
        Column("numbers", FLOATS, "of the array, the last dimension runs fastest"),
    ),
    note="The pair head: of rows a and b (vector, then bias) a * b, |a - b| and bias a + bias b go in; a layer is "
    "input . weight + bias, cut off below 0 but for the last; that one's number times slope plus offset is the log of "
    "how much more often the two meet in a basket than by chance, a basket of n items counting 1 / (n - 1) for each of "
    "its pairs. No rows when embeddings.pair_head is off.",
)

_LEARNT = (
    Column("step", BIGINT, "global training step, from 1"),
    Column("epoch", INT, "pass over the baskets, from 1"),
    Column("loss", DOUBLE, "mean completion loss since the row before (nats)"),
)
_HOW = (
    Column("learning_rate", DOUBLE, "of the optimizer"),
    Column("n_examples", BIGINT, "left-out items learnt from since the row before"),
    Column("seconds", DOUBLE, "wall time since the start of training (s)", varies=True),
    Column("n_workers", INT, "Horovod workers"),
)

TRAINING_LOG = Table(
    "gold",
    "training_log",
    key=("step",),
    columns=(*_LEARNT, *_HOW),
    note="How the published embeddings were trained: on every basket, so that none is left to validate them on, "
    "but for those that embeddings.patience sets apart.",
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
            "null when none of them holds two known items; with embeddings.patience of baskets set apart before it",
            nullable=True,
        ),
        *_HOW,
    ),
    note="How the embeddings that `evaluate` judges were trained: as those published, on the days before its holdout.",
)
