"""gold: what rules are of late."""

from basketry.tables.contract import BIGINT, DOUBLE, STRING, STRINGS, Column, Table
from basketry.tables.mining import RULES, SHARE, level, segment

RISES, FALLS = "rises", "falls"

RULE_TRENDS = Table(
    "gold",
    "rule_trends",
    key=RULES.key,
    columns=(
        level(),
        segment(),
        Column("antecedent", STRINGS, "as in gold.rules"),
        Column("consequent", STRINGS, "as in gold.rules"),
        Column("half_life_weeks", DOUBLE, "weeks in which a basket's weight halves", check="half_life_weeks > 0"),
        Column("recent_confidence", DOUBLE, "of weighted baskets; null where none weighs", nullable=True),
        Column("recent_adjusted_lift", DOUBLE, "weighted freq / weighted expected; null as adjusted_lift", True),
        Column("ratio", DOUBLE, "recent_confidence / confidence; null as the former", nullable=True),
        Column(
            "recent_n", BIGINT, "baskets with the antecedent that would be as sure, unweighted", check="recent_n >= 0"
        ),
        Column("p", DOUBLE, "of such a ratio were the confidence the same all along", check=f"p {SHARE}"),
        Column("q", DOUBLE, "false discovery rate over the rules of the level and segment", check=f"q {SHARE}"),
        Column("trend", STRING, "rises or falls, q at or below mining.max_q; null: not beyond chance", nullable=True),
    ),
    note="Every rule of gold.rules, its baskets weighted by 2^(-weeks before the last day mined / "
    "mining.half_life_weeks); empty unless that is set.",
)
