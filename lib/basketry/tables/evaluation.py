"""gold: metrics of every model on periods it never saw."""

from basketry.tables.contract import BIGINT, DOUBLE, INT, STRING, Column, Table

METRICS = Table(
    "gold",
    "metrics",
    key=("task", "model", "slice", "metric", "k"),
    columns=(
        Column(
            "task",
            STRING,
            "next_period: what a user buys in the holdout; explore: what of it is new to the user; cart: a hidden item",
        ),
        Column("model", STRING, "the model, as als, or a blend: habit, explore (of users), blend (of carts)"),
        Column("slice", STRING, "which users or baskets; all of them: all"),
        Column("metric", STRING, "recall, ndcg or hit_rate"),
        Column("k", INT, "length of the list", check="k > 0"),
        Column(
            "value", DOUBLE, "mean over users or baskets; one without a list counts as 0", check="value BETWEEN 0 AND 1"
        ),
        Column("ci_low", DOUBLE, "lower end of the 95 % bootstrap interval"),
        Column("ci_high", DOUBLE, "upper end of the 95 % bootstrap interval"),
        Column("n", BIGINT, "users or baskets scored", check="n > 0"),
        Column("baseline", DOUBLE, "the same metric of popularity"),
        Column("delta", DOUBLE, "value - baseline"),
    ),
    note="Whole-catalogue ranking metrics on the holdout period.",
)
