"""Settings of mining."""

from pydantic import Field

from basketry.section import Section


class MiningSettings(Section):
    """Itemsets and rules."""

    min_support: float = Field(0.001, gt=0, le=1, description="smallest support of an itemset (fraction of baskets)")
    min_confidence: float = Field(0.2, gt=0, le=1, description="smallest confidence of a rule (fraction)")
    max_length: int = Field(4, ge=1, le=20, description="items of the longest itemset kept (count)")
