"""gold: metrics of every model on what it never saw."""

from basketry.tables.contract import BIGINT, DOUBLE, INT, STRING, Column, Table

# Models of gold.metrics that are no rivals: they say what a part adds to another (regular expression).
ABLATIONS = "^wide|_without_"
METRICS = Table(
    "gold",
    "metrics",
    key=("task", "model", "slice", "metric", "k"),
    columns=(
        Column(
            "task",
            STRING,
            "next_period: what a user buys in the holdout; repeat: what of it the user bought before, of what they "
            "bought before; explore: what of it is new to the user, of the rest; next_basket, next_basket_repeat, "
            "next_basket_new: the same of a user's last basket; cart: a hidden item; pair: do two items go together",
        ),
        Column(
            "model",
            STRING,
            "the model, as als, or a blend: habit, explore (of users), blend (of carts); of pairs what was counted; "
            "wide: blend with embeddings, cosine and rules too, and wide_without_ one of them; "
            "embeddings_without_next: embeddings trained on completion alone, where embeddings.next_weight is above 0",
        ),
        Column(
            "slice",
            STRING,
            "all: every case; new_users, heavy_users, segment:NAME: the users of the case; cold_items: only relevant "
            "items sold in few baskets before the cut count; hard: pairs that go together beside those that only met",
        ),
        Column(
            "metric",
            STRING,
            "of what was found: recall, precision, f1, ndcg, map, mrr, hit_rate; of the lists: coverage, gini, novelty "
            "(bits), diversity, repeat_share; of pairs: accuracy, f1, auc, average_precision, base_rate",
        ),
        Column("k", INT, "length of the list; 0 of pairs, which are in no list", check="k >= 0"),
        Column(
            "value",
            DOUBLE,
            "mean over users or baskets, one without a list counts as 0, but to metrics of the lists, which leave it "
            "out; of coverage and gini over all lists together",
            check="value >= 0 AND (value <= 1 OR metric = 'novelty')",
        ),
        Column(
            "ci_low",
            DOUBLE,
            "lower end of the 95 % bootstrap interval (users drawn, of pairs items); null of coverage and gini, which "
            "are no means",
            nullable=True,
        ),
        Column("ci_high", DOUBLE, "upper end of the same", nullable=True),
        Column("n", BIGINT, "users, baskets or pairs that the value is of", check="n > 0"),
        Column("baseline", DOUBLE, "the same metric of popularity"),
        Column("delta", DOUBLE, "value - baseline"),
        Column("question", STRING, "sha256 of the settings of evaluation but for n_bootstrap"),
        Column(
            "last",
            DOUBLE,
            "value in the evaluation before this one; null where that asked another question, or not this one",
            nullable=True,
        ),
        Column("delta_last", DOUBLE, "value - last", nullable=True),
    ),
    note="How good every model is on what was bought later: the whole catalogue ranked, no sampled negatives.",
)
