"""Every table of the suite, declared once. Stages take column names from here; jobs read and write by these names."""

from basketry.tables.contract import Column, Table, conform
from basketry.tables.embeddings import ITEM_EMBEDDINGS, ITEM_NEIGHBOURS, TRAINING_LOG
from basketry.tables.evaluation import METRICS
from basketry.tables.lake import BASKETS, CHECKS, FILES, INTERACTIONS, ITEMS, LINES, RAW_LINES, REJECTS, USERS
from basketry.tables.mining import (
    ITEM_COUNTS,
    ITEMSETS,
    PAIR_COUNTS,
    PAIRS,
    RULES,
    SEQUENCE_PATTERNS,
    SEQUENCES,
    STRATA,
)
from basketry.tables.ops import RUNS
from basketry.tables.recommend import ITEM_AFFINITIES, ITEM_FACTORS, RECOMMENDATIONS, SIMILAR_ITEMS, USER_FACTORS

ALL: tuple[Table, ...] = (
    RAW_LINES,
    FILES,
    LINES,
    REJECTS,
    ITEMS,
    USERS,
    CHECKS,
    BASKETS,
    INTERACTIONS,
    ITEMSETS,
    RULES,
    PAIRS,
    PAIR_COUNTS,
    ITEM_COUNTS,
    STRATA,
    SEQUENCES,
    SEQUENCE_PATTERNS,
    USER_FACTORS,
    ITEM_FACTORS,
    RECOMMENDATIONS,
    SIMILAR_ITEMS,
    ITEM_AFFINITIES,
    ITEM_EMBEDDINGS,
    ITEM_NEIGHBOURS,
    TRAINING_LOG,
    METRICS,
    RUNS,
)
BY_NAME = {str(table): table for table in ALL}

__all__ = [
    "ALL",
    "BASKETS",
    "BY_NAME",
    "CHECKS",
    "FILES",
    "INTERACTIONS",
    "ITEMS",
    "ITEMSETS",
    "ITEM_AFFINITIES",
    "ITEM_COUNTS",
    "ITEM_EMBEDDINGS",
    "ITEM_FACTORS",
    "ITEM_NEIGHBOURS",
    "LINES",
    "METRICS",
    "PAIRS",
    "PAIR_COUNTS",
    "RAW_LINES",
    "RECOMMENDATIONS",
    "REJECTS",
    "RULES",
    "RUNS",
    "SEQUENCES",
    "SEQUENCE_PATTERNS",
    "SIMILAR_ITEMS",
    "STRATA",
    "TRAINING_LOG",
    "USERS",
    "USER_FACTORS",
    "Column",
    "Table",
    "conform",
]
