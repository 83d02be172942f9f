"""Settings of the evaluation."""

from typing import Literal

from pydantic import Field

from basketry.section import Section, digest


class EvaluationSettings(Section):
    """How models are compared."""

    level: Literal["item", "type", "category", "department"] = Field(
        "item", description="what counts as an item: itself, or a column of silver.items (name)"
    )
    split: Literal["period", "last_basket"] = Field(
        "period", description="what is kept from the models: the last days, or each user's last basket (name)"
    )
    holdout_days: int = Field(
        28, ge=1, le=3650, description="last days kept from the models under evaluation, for split period (days)"
    )
    min_baskets: int = Field(
        4, ge=2, le=10_000, description="baskets a user needs to have the last one kept, for split last_basket (count)"
    )
    min_item_baskets: int = Field(
        1, ge=1, le=1_000_000, description="baskets before the cut that make an item known; others are left out (count)"
    )
    ks: tuple[int, ...] = Field((10, 20), min_length=1, description="lengths of the lists judged (counts)")
    max_cases: int = Field(10_000, ge=100, description="users or baskets scored at most; a seeded sample above (count)")
    is_gated: bool = Field(
        True, description="publish only models that evaluate found no worse than popularity, habit or last time (flag)"
    )
    max_loss: float = Field(
        0.1, ge=0, le=1, description="share of the last gain over popularity that a model may lose and be published"
    )
    n_bootstrap: int = Field(500, ge=50, le=100_000, description="resamples of the interval (count)")
    new_user_visits: int = Field(
        3, ge=0, le=10_000, description="visits before the cut that a user of the slice new_users has at most (count)"
    )
    cold_item_baskets: int = Field(
        10,
        ge=1,
        le=1_000_000,
        description="baskets before the cut that an item of slice cold_items has at most (count)",
    )
    pair_min_expected: float = Field(
        5.0,
        gt=0,
        description="holdout baskets that chance must lead one to expect of a pair for it to be asked about (count)",
    )


def question(settings: EvaluationSettings) -> str:
    """Names what is asked of the models: metrics of two runs compare where this is equal. How sure one is of an answer,
    and what follows from it, are no part of it.
    """
    return digest(settings.model_dump(mode="json", exclude={"n_bootstrap", "is_gated", "max_loss"}))
