"""Settings of mining."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from basketry.section import Section

# Below this, most of what is found is found by chance.
FEWEST = 5
Level = Literal["item", "type", "category", "department"]
Engine = Literal["mllib", "native"]


class MiningSettings(Section):
    """Itemsets, rules, pairs and what makes them significant."""

    levels: tuple[Level, ...] = Field(
        ("item",), min_length=1, description="what counts as an item, one run of mining each (names)"
    )
    min_support: float = Field(0.001, gt=0, le=1, description="smallest support of an itemset (fraction of baskets)")
    allow_low_count: bool = Field(
        False, description="accept a min_count below 5, where most of what is found is chance"
    )
    min_count: int | None = Field(
        None,
        ge=1,
        description="smallest baskets of an itemset instead of min_support; 5 unless allow_low_count (count)",
    )
    min_confidence: float = Field(0.2, gt=0, le=1, description="smallest confidence of a rule (fraction)")
    max_length: int = Field(4, ge=1, le=20, description="items of the longest itemset kept (count)")
    engine: Engine = Field("mllib", description="MLlib's FPGrowth, or a miner in C inside Spark's tasks; equal results")
    top_k: int | None = Field(
        None, ge=1, description="most frequent itemsets kept, rules made from these alone; null: all (count)"
    )
    max_itemsets: int = Field(
        5_000_000, ge=1000, description="itemsets a task may find, any length, before mining is given up (count)"
    )
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

    @field_validator("min_count")
    @classmethod
    def _enough(cls, count: int | None, given: ValidationInfo) -> int | None:
        if count is not None and count < FEWEST and not given.data.get("allow_low_count"):
            raise ValueError(f"below {FEWEST} baskets chance rules; set mining.allow_low_count=true to force it")
        return count
