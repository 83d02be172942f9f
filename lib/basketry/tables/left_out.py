"""gold: how much mining leaves out of what it publishes."""

from basketry.tables.contract import BIGINT, STRING, Column, Table
from basketry.tables.mining import level, segment

LEFT_OUT = Table(
    "gold",
    "left_out",
    key=("level", "segment", "what"),
    columns=(
        level(),
        segment(),
        Column("what", STRING, "itemsets, rules, pairs, sequences or longer sequences"),
        Column("n", BIGINT, "found", check="n >= 0"),
        Column("n_left_out", BIGINT, "of these, of fewer than min_users users", check="n_left_out BETWEEN 0 AND n"),
        Column("min_users", BIGINT, "mining.min_users", check="min_users > 0"),
    ),
    note="How much of what was found too few users bought to publish it; empty where mining.min_users is 0.",
)
