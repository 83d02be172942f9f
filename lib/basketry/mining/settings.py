"""Settings of mining."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from basketry.section import Section, digest

# Below this, most of what is found is found by chance.
FEWEST = 5
Level = Literal["item", "type", "category", "department"]
Engine = Literal["mllib", "native"]
SegmentBy = Literal["store", "month", "quarter", "user"]


class MiningSettings(Section):
    """Itemsets, rules, pairs, sequences and what makes them significant."""

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
    min_users: int = Field(
        0,
        ge=0,
        description="users an itemset, rule, pair or sequence needs to be published; 0: any, of nobody too (count)",
    )
    null: Literal["strata", "margins"] = Field(
        "strata", description="what a pair must beat: baskets of its size, or both margins (name)"
    )
    max_q: float = Field(0.05, gt=0, lt=1, description="largest false discovery rate called significant (fraction)")
    pair_min_count: int = Field(50, ge=5, description="baskets an item needs to enter the pairs (count)")
    pair_min_freq: int = Field(5, ge=1, description="baskets a pair needs to be listed unless significant (count)")
    sequence_days: int = Field(
        28, ge=0, le=365, description="days after a visit that count as following it; 0: no sequences are sought (days)"
    )
    sequence_min_count: int = Field(100, ge=5, description="visits an item needs to enter the sequences (count)")
    sequence_min_users: int = Field(
        20, ge=5, description="users a sequence needs to be listed; of fewer hardly any is significant (count)"
    )
    pattern_min_support: float | None = Field(
        None, gt=0, le=1, description="smallest share of users with a longer sequence; null: none is sought (fraction)"
    )
    pattern_max_length: int = Field(3, ge=3, le=10, description="steps of the longest sequence sought (count)")
    max_patterns: int = Field(
        1_000_000, ge=1000, description="patterns of any kind found before the longer sequences are given up (count)"
    )
    segment_by: SegmentBy | None = Field(
        None, description="also mine the itemsets and rules of each store, month, quarter or segment of users (name)"
    )
    segment_min_baskets: int = Field(1000, ge=50, description="mined baskets a segment needs to be mined (count)")
    user_segments: str | None = Field(
        None, validate_default=True, description="CSV or Parquet with user_id and segment, for segment_by user (path)"
    )
    weeks: int | None = Field(
        None, ge=1, le=1040, description="last weeks before the holdout that are mined; null: all (weeks)"
    )
    half_life_weeks: float | None = Field(
        None,
        gt=0,
        le=520,
        description="weeks in which a basket's weight halves, to see what rules rise or fall; null: none (weeks)",
    )
    holdout_days: int = Field(
        31, ge=0, le=3650, description="last days never mined, to see whether rules repeat; 0: none (days)"
    )

    @field_validator("min_count")
    @classmethod
    def _enough(cls, count: int | None, given: ValidationInfo) -> int | None:
        if count is not None and count < FEWEST and not given.data.get("allow_low_count"):
            raise ValueError(f"below {FEWEST} baskets chance rules; set mining.allow_low_count=true to force it")
        return count

    @field_validator("user_segments")
    @classmethod
    def _named(cls, file: str | None, given: ValidationInfo) -> str | None:
        if file is None and given.data.get("segment_by") == "user":
            raise ValueError("mining.segment_by=user needs a file with user_id and segment")
        return file


def level_digest(mining: Mapping[str, Any]) -> str:
    """Names what these settings, as plain values, ask of the receipts at one level, whichever levels are mined."""
    return digest({name: value for name, value in mining.items() if name != "levels"})
