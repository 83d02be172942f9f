"""Settings of the evaluation."""

from typing import Literal

from pydantic import Field

from basketry.section import Section


class EvaluationSettings(Section):
    """How models are compared."""

    level: Literal["item", "type", "category", "department"] = Field(
        "item", description="what counts as an item: itself, or a column of silver.items (name)"
    )
    holdout_days: int = Field(28, ge=1, le=3650, description="last days kept from the models under evaluation (days)")
    ks: tuple[int, ...] = Field((10, 20), min_length=1, description="lengths of the lists judged (counts)")
    max_cases: int = Field(10_000, ge=100, description="users or baskets scored at most; a seeded sample above (count)")
    n_bootstrap: int = Field(500, ge=50, le=100_000, description="resamples of the interval (count)")
