"""Settings of the recommender."""

from pydantic import Field

from basketry.section import Section


class RecommendSettings(Section):
    """Implicit ALS and the lists made from it."""

    rank: int = Field(16, ge=1, le=512, description="length of the ALS vectors (count)")
    iterations: int = Field(10, ge=1, le=100, description="ALS iterations (count)")
    alpha: float = Field(1.0, gt=0, le=1000, description="how much a purchase outweighs no purchase (factor)")
    regularization: float = Field(0.1, ge=0, le=100, description="ALS regularisation (factor)")
    half_life_days: float = Field(180.0, gt=0, le=3650, description="age at which a purchase counts half (days)")
    min_item_baskets: int = Field(
        5, ge=1, le=1_000_000, description="purchases an item needs for factors; below, popular items stand in (count)"
    )
    blocks: int = Field(4, ge=1, le=10_000, description="blocks ALS cuts users and items into (count)")
    exclude_bought: bool = Field(False, description="leave out of a user's list what the user bought before")
    top_n: int = Field(10, ge=1, le=1000, description="length of each user's list (count)")
    n_similar: int = Field(10, ge=1, le=1000, description="length of each item's list (count)")
