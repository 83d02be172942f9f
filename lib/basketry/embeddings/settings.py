"""Settings of the embeddings."""

from typing import Literal

from pydantic import Field

from basketry.section import Section


class EmbeddingSettings(Section):
    """Training of item embeddings."""

    comm: Literal["alone", "horovodrun", "spark"] = Field("horovodrun", description="how workers are started")
    workers: int = Field(2, ge=1, le=1024, description="Horovod workers (count)")
    embedding_dim: int = Field(64, ge=2, le=4096, description="length of the vectors (count)")
    epochs: int = Field(5, ge=1, le=1000, description="passes over the baskets (count)")
    learning_rate: float = Field(0.1, gt=0, le=10, description="of row-wise Adagrad (factor)")
    min_count: int = Field(20, ge=1, description="baskets an item needs to get a vector (count)")
    n_neighbours: int = Field(10, ge=1, le=1000, description="length of each item's neighbour list (count)")
