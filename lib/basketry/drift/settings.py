"""Settings of drift."""

from typing import Literal

from pydantic import Field

from basketry.section import Section

Action = Literal["note", "refit", "block"]


class DriftActions(Section):
    """What follows when a measure drifts, beside the row in gold.drift."""

    item_mix: Action = Field("note", description="of what is bought (name)")
    basket_size: Action = Field("note", description="of how many items baskets hold (name)")
    reject_reason: Action = Field("note", description="of which records are refused (name)")
    rule: Action = Field("note", description="of how sure rules are (name)")
    model: Action = Field("refit", description="of how good models are (name)")


class DriftSettings(Section):
    """What is compared, what is called a drift, and what follows."""

    days: int = Field(28, ge=1, le=365, description="last days that are compared with those before (days)")
    reference_days: int = Field(182, ge=1, le=3650, description="days before them that they are compared with (days)")
    usual_windows: int = Field(
        6, ge=0, le=52, description="earlier windows of as many days that say what is usual, at most (count)"
    )
    min_count: int = Field(
        30,
        ge=5,
        le=1_000_000,
        description="lines, baskets or records that a bin is expected to have in each period; smaller bins count as "
        "one (count)",
    )
    psi: float = Field(0.25, gt=0, le=10, description="PSI beyond chance that is called a drift (index)")
    note_psi: float = Field(0.1, gt=0, le=10, description="PSI beyond chance that is noted (index)")
    rule_change: float = Field(
        0.2, ge=0, le=1, description="change of a rule's confidence that is called a drift (fraction of what it was)"
    )
    model_loss: float = Field(
        0.05, ge=0, le=1, description="loss of a model's gain over popularity that is called a drift (fraction of it)"
    )
    max_q: float = Field(
        0.05, gt=0, lt=1, description="largest false discovery rate of the rules, and of the models, called (fraction)"
    )
    n_moved: int = Field(3, ge=0, le=20, description="what moved most that is named (count)")
    actions: DriftActions = Field(
        DriftActions(),
        description="what follows a drift: note it; refit: fold_in_users waits for train_als; block: publish no model",
    )
