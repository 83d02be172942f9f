"""gold: what the settings of mining find in receipts that were shuffled until only chance was left."""

from basketry.tables.contract import BIGINT, DOUBLE, INT, STRING, Column, Table

RULES_KIND, SEQUENCES_KIND = "rules", "sequences"

AUDITS = Table(
    "gold",
    "audits",
    key=("kind", "level", "mining_digest", "baskets_version", "items_version", "seed", "draw"),
    columns=(
        Column("kind", STRING, "what was looked for: rules (and pairs) or sequences"),
        Column("level", STRING, "what counts as an item: item, type, category or department"),
        Column("mining_digest", STRING, "sha256 of the settings of mining but for mining.levels"),
        Column("baskets_version", BIGINT, "Delta version of silver.baskets that was shuffled"),
        Column("items_version", BIGINT, "Delta version of silver.items that gave the level"),
        Column("seed", BIGINT, "seed of the shuffles"),
        Column("draw", INT, "0: the receipts as they are; from 1: a shuffle of them", check="draw >= 0"),
        Column("null", STRING, "what a pair had to beat: strata or margins; order for sequences"),
        Column("listed", BIGINT, "rules of the usual list, one item on each side; or sequences listed"),
        Column("significant", BIGINT, "pairs, or sequences, called significant"),
        Column("ordered", BIGINT, "sequences more often in one order than in the other; null of rules", nullable=True),
        Column(
            "kept", DOUBLE, "share of the lines that the shuffle left where they were; null of others", nullable=True
        ),
    ),
    note="What `basketry audit-null` found in the real receipts and in each shuffle of them.",
)
