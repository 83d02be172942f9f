"""Settings of what is published of users: few of them hidden, noisy counts within a budget."""

from typing import Literal

from pydantic import Field

from basketry.section import Section

Level = Literal["item", "type", "category", "department"]


class PrivacySettings(Section):
    """Counts of users that `release_counts` publishes with noise, and all that they may cost together."""

    level: Level = Field("type", description="what counts as an item in a release (name)")
    epsilon: float = Field(1.0, ge=0.001, le=20, description="privacy loss of one release (epsilon at delta)")
    delta: float = Field(
        1e-6, ge=1e-15, lt=0.01, description="of one release: chance that epsilon does not hold, far below 1 / users"
    )
    budget_epsilon: float = Field(3.0, gt=0, le=100, description="of all releases together (epsilon at budget_delta)")
    budget_delta: float = Field(1e-5, ge=1e-15, lt=0.01, description="as delta, of all releases together")
    max_items: int = Field(64, ge=1, le=1000, description="items a user counts for, those bought most often (count)")
    max_pairs: int = Field(
        32, ge=1, le=1000, description="pairs of these that a user counts for, those together most often (count)"
    )
    pair_share: float = Field(0.5, gt=0, lt=1, description="share of a release's loss that pairs take (fraction)")
    max_keys: int = Field(
        5_000_000, ge=1000, description="items or pairs counted on the driver before it is given up (count)"
    )
