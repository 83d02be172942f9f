"""Settings of mining."""

from typing import Literal

from pydantic import Field

from basketry.section import Section

Level = Literal["item", "type", "category", "department"]


class MiningSettings(Section):
    """Itemsets, rules, pairs and what makes them significant."""

    levels: tuple[Level, ...] = Field(
        ("item",), min_length=1, description="what counts as an item, one run of mining each (names)"
    )
    min_support: float = Field(0.001, gt=0, le=1, description="smallest support of an itemset (fraction of baskets)")
    min_confidence: float = Field(0.2, gt=0, le=1, description="smallest confidence of a rule (fraction)")
    max_length: int = Field(4, ge=1, le=20, description="items of the longest itemset kept (count)")
    max_consequent: int = Field(1, ge=1, le=5, description="items a rule may lead to (count)")
    null: Literal["strata", "margins"] = Field(
        "strata", description="what a pair must beat: baskets of its size, or both margins (name)"
    )
    max_q: float = Field(0.05, gt=0, lt=1, description="largest false discovery rate called significant (fraction)")
    pair_min_count: int = Field(50, ge=5, description="baskets an item needs to enter the pairs (count)")
    pair_min_freq: int = Field(5, ge=1, description="baskets a pair needs to be listed unless significant (count)")
    holdout_days: int = Field(
        31, ge=0, le=3650, description="last days never mined, to see whether rules repeat; 0: none (days)"
    )
