"""Settings of the embeddings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from basketry.section import Section


class EmbeddingSettings(Section):
    """Training of item embeddings. The result depends on `shards`, never on `workers`."""

    comm: Literal["alone", "horovodrun", "spark"] = Field(
        "horovodrun", description="how workers start: one without Horovod, by horovodrun, or in Spark's executors"
    )
    workers: int = Field(2, ge=1, le=1024, description="Horovod workers; must divide shards (count)")
    shards: int = Field(4, ge=1, le=1024, description="logical shards of a step, shared out among the workers (count)")
    exchange: Literal["auto", "gathered", "dense", "sharded"] = Field(
        "auto",
        description="how workers share the table of vectors: each has all of it, and gets the rows the others touched "
        "or a sum of whole tables, or each has a part of it; auto chooses by size. Same vectors by each (name)",
    )
    table_mib: int = Field(
        4096,
        ge=1,
        description="of the table with what the optimizer keeps of it: a larger one is sharded by auto (MiB)",
    )
    slots: int = Field(
        2048, ge=8, le=1_000_000, description="items of a shard in a step; a longer basket is cut (count)"
    )
    negatives: int = Field(256, ge=1, le=65_536, description="items a shard's baskets are told from (count)")
    negative_power: float = Field(0.75, ge=0, le=1, description="negatives are drawn by count to this power (exponent)")
    embedding_dim: int = Field(256, ge=2, le=4096, description="length of the vectors (count)")
    epochs: int = Field(5, ge=1, le=1000, description="passes over the baskets (count)")
    start_from: Literal["nothing", "published"] = Field(
        "nothing",
        description="where vectors start: small and random, or where gold.item_embeddings has them, new items at their "
        "features; the optimizer always starts anew (name)",
    )
    freeze: Literal["none", "known"] = Field(
        "none",
        description="which vectors stay as they are: none, or with start_from published those of items learnt before "
        "and of their features (name)",
    )
    max_drift: float | None = Field(
        None,
        gt=0,
        le=2,
        description="with start_from published: a vector that moved further from where it was is turned back to this; "
        "null: none is (cosine distance)",
    )
    optimizer: Literal["adagrad", "adam", "momentum"] = Field(
        "adagrad",
        description="row-wise Adagrad, or lazy Adam or momentum, which remember more of a row and need a "
        "learning_rate of their own (name)",
    )
    learning_rate: float = Field(0.1, gt=0, le=10, description="of the optimizer at its highest (factor)")
    momentum: float = Field(
        0.9, ge=0, lt=1, description="of the last move, or of Adam's mean gradient, what a row keeps (share)"
    )
    clip_norm: float | None = Field(
        None, gt=0, description="a longer gradient, all rows and workers together, is made so long; null: never (norm)"
    )
    warmup_steps: int = Field(
        20, ge=0, le=1_000_000, description="steps in which the rate rises; then it falls to nothing (count)"
    )
    min_count: int = Field(20, ge=1, description="baskets an item needs to get a vector (count)")
    features: tuple[Literal["department", "category", "type", "brand", "size", "name"], ...] = Field(
        (),
        description="what an item's vectors are sums of besides its own, so that an item too seldom sold to be trained "
        "has some too, if its first one is known; [] for none (names)",
    )
    name_buckets: int = Field(
        4096, ge=1, le=10_000_000, description="vectors that the words of all names share by their hash (count)"
    )
    given_vectors: str | None = Field(
        None,
        description="item_id and vector, an array of numbers of one length, of texts or images say, that become part "
        "of an item's vectors, so that an item never sold has some too: a Delta table by name, or by path, which has a "
        "/, or a .parquet; null: none (name or path)",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="what the large matrix products of training take in: bfloat16 is faster where the processor "
        "multiplies it; their sums and the vectors stay float32, and gradients are added up in float64 then (name)",
    )
    item_drop: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="items that a pass over the baskets leaves out, each by itself, but for the last 2 of a basket; as "
        "many steps are done, so more passes (share)",
    )
    crop: float = Field(
        0.0,
        ge=0,
        le=1,
        description="baskets of which a pass has some items only, how many by chance from 2 to all but one: by "
        "item_drop all become a little smaller, by this some much and others stay whole (share)",
    )
    swap: float = Field(
        0.0,
        ge=0,
        le=1,
        description="items that a pass replaces by another of their type, drawn by count, unless their basket has that "
        "(share)",
    )
    patience: int = Field(
        0,
        ge=0,
        le=100_000,
        description="rows of the training log without a lower validation loss after which training ends, with the "
        "vectors of the lowest; 0: never (count)",
    )
    validation_share: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="baskets that are not learnt from but validated on, with patience, and by the pair head (share)",
    )
    pair_head: bool = Field(
        False,
        description="also train an association score of two items, a network on vectors of its own: gold.pair_vectors "
        "and gold.pair_head; it shares optimizer, slots and epochs (true or false)",
    )
    pair_dim: int = Field(32, ge=2, le=4096, description="length of the pair head's vectors (count)")
    pair_hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (32,), min_length=1, max_length=8, description="units of each hidden layer of the pair head (counts)"
    )
    pair_dropout: float = Field(
        0.1, ge=0, lt=1, description="of the pair head's hidden units, dropped in a step while it is trained (share)"
    )
    pair_learning_rate: float = Field(0.5, gt=0, le=10, description="of the pair head, as learning_rate (factor)")
    pair_negatives: int = Field(
        4, ge=1, le=1024, description="pairs of two baskets for each pair of one that the pair head is told (count)"
    )
    next_weight: float = Field(
        0.0,
        ge=0,
        le=100,
        description="what the loss of a second task counts beside completion's 1: which next_level the same user buys "
        "from in the days after a basket; 0: it is not trained (weight)",
    )
    next_days: int = Field(7, ge=1, le=366, description="the days after a basket that its next purchases lie in (days)")
    next_level: Literal["department", "category", "type"] = Field(
        "category", description="column of silver.items that next purchases are told by, with next_weight (name)"
    )
    n_neighbours: int = Field(10, ge=1, le=1000, description="length of each item's neighbour list (count)")
    log_every: int = Field(20, ge=1, description="steps between two rows of the training log (count)")
    max_skipped: int = Field(3, ge=0, description="steps left out for a gradient that is not finite, at most (count)")
    exchange_timeout: int = Field(30, ge=1, le=86_400, description="a worker silent in an exchange is given up (s)")
    stall_seconds: int = Field(
        120, ge=5, le=86_400, description="no row of the log for so long means that the workers hang (s)"
    )
    checkpoint_every: int = Field(100, ge=1, description="steps between two checkpoints (count)")
    checkpoint_dir: str | None = Field(
        None,
        description="folder that driver and workers share, where checkpoints lie until the step has published; null: "
        "_checkpoints below lake.root, or none where that is no folder (path)",
    )
    work_dir: str | None = Field(
        None,
        description="folder that driver and workers share, emptied after training; null: a temporary one (path)",
    )

    @model_validator(mode="after")
    def _workers_divide_shards(self) -> Self:
        if self.shards % self.n_workers:
            raise ValueError(f"workers = {self.workers} does not divide shards = {self.shards}")
        return self

    @property
    def n_workers(self) -> int:
        """Workers that really start: one when comm is alone."""
        return 1 if self.comm == "alone" else self.workers
