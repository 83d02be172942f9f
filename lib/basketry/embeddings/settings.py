"""Settings of the embeddings."""

from typing import Literal, Self

from pydantic import Field, model_validator

from basketry.section import Section


class EmbeddingSettings(Section):
    """Training of item embeddings on Horovod workers."""

    comm: Literal["alone", "horovodrun", "spark"] = Field(
        "horovodrun", description="how workers start: one in a process, by horovodrun, or in Spark's executors"
    )
    workers: int = Field(2, ge=1, le=1024, description="Horovod workers; must divide shards (count)")
    shards: int = Field(4, ge=1, le=1024, description="logical shards of a step; the result depends on it (count)")
    packs: int = Field(16, ge=1, le=4096, description="packs of a logical shard in a step (count)")
    slots: int = Field(128, ge=8, le=4096, description="items a pack holds; longer baskets are cut (count)")
    negatives: int = Field(512, ge=1, le=65_536, description="items a logical shard's baskets are told from (count)")
    negative_power: float = Field(
        0.75, ge=0, le=1, description="negatives are drawn by basket count to this power (exponent)"
    )
    embedding_dim: int = Field(64, ge=2, le=4096, description="length of the vectors (count)")
    epochs: int = Field(5, ge=1, le=1000, description="passes over the baskets (count)")
    learning_rate: float = Field(
        0.1, gt=0, le=10, description="of row-wise Adagrad at the start; falls to a tenth (factor)"
    )
    min_count: int = Field(20, ge=1, description="baskets an item needs to get a vector (count)")
    n_neighbours: int = Field(10, ge=1, le=1000, description="length of each item's neighbour list (count)")
    stall_seconds: float = Field(120, gt=0, le=86_400, description="no progress for so long means a worker hangs (s)")
    work_dir: str | None = Field(
        None,
        description="folder every worker can reach; what is written there is removed; null: a temporary one (path)",
    )

    @model_validator(mode="after")
    def _workers_divide_shards(self) -> Self:
        if self.n_workers > self.shards or self.shards % self.n_workers:
            raise ValueError(f"workers = {self.workers} does not divide shards = {self.shards}")
        return self

    @property
    def n_workers(self) -> int:
        """Workers that really start: one when comm is alone."""
        return 1 if self.comm == "alone" else self.workers
