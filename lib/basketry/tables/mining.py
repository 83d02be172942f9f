"""gold: itemsets and rules."""

from basketry.tables.contract import BIGINT, DOUBLE, INT, STRINGS, Column, Table

ITEMSETS = Table(
    "gold",
    "itemsets",
    key=("items",),
    columns=(
        Column("items", STRINGS, "the items, sorted", check="size(items) > 0"),
        Column("size", INT, "number of items", check="size > 0"),
        Column("freq", BIGINT, "baskets that hold all of them", check="freq > 0"),
        Column("support", DOUBLE, "freq / baskets (0 to 1)", check="support > 0 AND support <= 1"),
    ),
    note="Every itemset at or above the minimum count.",
)

RULES = Table(
    "gold",
    "rules",
    key=("antecedent", "consequent"),
    columns=(
        Column("antecedent", STRINGS, "the items bought, sorted"),
        Column("consequent", STRINGS, "the item that goes with them"),
        Column("freq", BIGINT, "baskets that hold both sides", check="freq > 0"),
        Column("support", DOUBLE, "freq / baskets (0 to 1)", check="support > 0 AND support <= 1"),
        Column(
            "confidence",
            DOUBLE,
            "freq / baskets with the antecedent (0 to 1)",
            check="confidence > 0 AND confidence <= 1",
        ),
        Column("lift", DOUBLE, "confidence / support of the consequent; 1 when independent", check="lift > 0"),
        Column("leverage", DOUBLE, "support - product of the supports of both sides (-0.25 to 0.25)"),
        Column("conviction", DOUBLE, "(1 - support of consequent) / (1 - confidence); null = infinite", nullable=True),
    ),
    note="Every rule with one consequent at or above the minimum confidence.",
)
