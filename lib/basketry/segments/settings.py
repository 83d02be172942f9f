"""Settings of segments of users and groups of items."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from basketry.section import Section

Level = Literal["item", "type", "category", "department"]


class GroupSettings(Section):
    """Groups of items that stand for each other or are bought together."""

    by: Literal["embeddings", "pairs"] = Field(
        "embeddings",
        description="what makes items near: vectors of gold.item_embeddings, or baskets of gold.pairs (name)",
    )
    method: Literal["dbscan", "ward", "average", "kmeans"] = Field(
        "ward", description="of pairs dbscan or average, which need no vectors (name)"
    )
    level: Level = Field("item", description="level of gold.pairs; embeddings are of items (name)")
    n_groups: int = Field(300, ge=2, le=20_000, description="groups of ward, average and kmeans (count)")
    eps: float | None = Field(
        None,
        gt=0,
        le=2,
        description="largest distance of neighbours of dbscan; null: the knee of the k-distances (0 to 2)",
    )
    min_points: int = Field(5, ge=2, le=1000, description="neighbours that make a core item, itself counted (count)")
    shrink: float = Field(5.0, gt=0, description="baskets added to both sides of a pair's found and expected (count)")
    max_tree_items: int = Field(
        20_000, ge=2, description="items ward and average take, 8 bytes each two and as much for a copy (count)"
    )
    max_items: int = Field(500_000, ge=2, description="items that each task holds the vectors of (count)")
    max_edges: int = Field(
        20_000_000, ge=1000, description="pairs of neighbours the driver takes, 16 bytes each (count)"
    )
    judged_by: Literal["type", "category", "department"] = Field(
        "category", description="known groups that purity is measured by (name)"
    )
    holdout_days: int = Field(31, ge=1, le=365, description="last days whose baskets the groups are judged on (days)")
    n_shuffles: int = Field(5, ge=1, le=20, description="draws of groups of the same sizes to compare with (count)")

    @field_validator("method")
    @classmethod
    def _possible(cls, method: str, given: ValidationInfo) -> str:
        if given.data.get("by") == "pairs" and method in ("ward", "kmeans"):
            raise ValueError("needs vectors, which pairs have not: dbscan or average, or segments.groups.by=embeddings")
        return method


class SegmentsSettings(Section):
    """What users are told apart by, how many segments there are, and what is said of each."""

    algorithm: Literal["kmeans", "bisecting"] = Field("kmeans", description="MLlib's KMeans or BisectingKMeans (name)")
    k_min: int = Field(3, ge=1, le=50, description="fewest segments tried (count)")
    k_max: int = Field(8, ge=1, le=50, description="most segments tried (count)")
    n_seeds: int = Field(
        5, ge=2, le=50, description="fits of each number of segments, to see whether they agree (count)"
    )
    min_stability: float = Field(
        0.8, ge=0, le=1, description="least mean adjusted Rand index between the fits of a number chosen (0 to 1)"
    )
    min_baskets: int = Field(
        4, ge=1, description="baskets a user needs to shape the segments; others get the nearest (count)"
    )
    min_users: int = Field(
        0,
        ge=0,
        description="users who shape a segment, and that what is told of it is of; 0: any, as they are found (count)",
    )
    min_weeks: float = Field(
        4, ge=1, le=52, description="shortest time that baskets and money a week are taken over (weeks)"
    )
    share_level: Literal["type", "category", "department"] = Field(
        "department", description="what the shares of a user's spend are of (name)"
    )
    max_shares: int = Field(12, ge=1, le=200, description="largest of these by spend; the others count as one (count)")
    weight_activity: float = Field(
        1.0, ge=0, le=100, description="share of recency, frequency and money in the distance of users (weight)"
    )
    weight_shares: float = Field(1.0, ge=0, le=100, description="share of what the spend is on (weight)")
    weight_embeddings: float = Field(
        0.0, ge=0, le=100, description="share of the mean embedding of what is bought; 0: not read (weight)"
    )
    max_fit_users: int = Field(
        100_000, ge=10, le=1_000_000, description="users that shape the segments at most, drawn by hash (count)"
    )
    max_users: int = Field(2_000_000, ge=10, description="users the driver takes, about 300 bytes each (count)")
    levels: tuple[Level, ...] = Field(
        ("item", "type"), min_length=1, description="what the over-bought are sought among (names)"
    )
    item_min_users: int = Field(20, ge=5, description="users an item needs to be called over-bought (count)")
    max_q: float = Field(0.05, gt=0, lt=1, description="largest false discovery rate of over-bought (fraction)")

    max_rules: int = Field(
        300, ge=0, le=10_000, description="strongest rules of each level asked whether segments differ; 0: none (count)"
    )
    groups: GroupSettings = Field(GroupSettings(), description="groups of items")

    @field_validator("k_max")
    @classmethod
    def _in_order(cls, k_max: int, given: ValidationInfo) -> int:
        if k_max < given.data.get("k_min", 1):
            raise ValueError(f"below segments.k_min = {given.data['k_min']}")
        return k_max
