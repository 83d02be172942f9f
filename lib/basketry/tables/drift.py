"""gold: what changed of late, beside what came before and what is usual."""

from basketry.tables.contract import BIGINT, BOOLEAN, DOUBLE, INT, STRING, Column, Table

# The subject of a row that is of the measure as a whole.
WHOLE_MEASURE = "all"
# What follows it in `why` are names and shares.
MOST_MOVED = "; most moved: "

DRIFT = Table(
    "gold",
    "drift",
    key=("measure", "subject"),
    columns=(
        Column(
            "measure",
            STRING,
            "item_mix: shares of lines; basket_size: of baskets; reject_reason: of records; rule: a rule's confidence; "
            "model: a model's NDCG over that of popularity",
        ),
        Column(
            "subject",
            STRING,
            "of item_mix the level, of rule level and segment with both sides, of model the task and the model; all: "
            "the measure as a whole",
        ),
        Column(
            "n_reference",
            BIGINT,
            "lines, baskets or records before; of a rule mined baskets with the antecedent; of a model its cases then; "
            "null where nothing is compared",
            nullable=True,
        ),
        Column("n_current", BIGINT, "the same of late; of a rule in the holdout; of a model now", nullable=True),
        Column(
            "before",
            DOUBLE,
            "of basket_size the mean size, of reject_reason the share refused, of rule the confidence, of model the "
            "gain over popularity when it was last published; null of item_mix, or where nothing is compared",
            nullable=True,
        ),
        Column("now", DOUBLE, "the same of late", nullable=True),
        Column(
            "value",
            DOUBLE,
            "of shares their PSI, 0 when alike; of a rule or a model now / before - 1; null where nothing is compared",
            nullable=True,
        ),
        Column("chance", DOUBLE, "mean PSI of two samples of these sizes of one population", nullable=True),
        Column("usual", DOUBLE, "median PSI of earlier windows beside what came before each", nullable=True),
        Column("usual_max", DOUBLE, "the largest of the same", nullable=True),
        Column(
            "limit",
            DOUBLE,
            "PSI that one window in twenty exceeds where nothing is new, at least usual_max; null by fewer than two",
            nullable=True,
        ),
        Column("n_usual", INT, "how many earlier windows there were", check="n_usual >= 0"),
        Column("threshold", DOUBLE, "what value, of shares less chance, must reach to be called a drift"),
        Column(
            "p", DOUBLE, "of a rule, of no change; of a model, of no loss; null of shares or untested", nullable=True
        ),
        Column("q", DOUBLE, "false discovery rate over all rules tested, or all models; null as p", nullable=True),
        Column(
            "is_drifted",
            BOOLEAN,
            "threshold reached and, of shares, above limit; of others, q at or below drift.max_q",
        ),
        Column(
            "action",
            STRING,
            "none; note; refit: fold_in_users waits for train_als; block: no model is published",
            check="action IN ('none', 'note', 'refit', 'block')",
        ),
        Column("why", STRING, "what changed, in words with numbers, or why it cannot be said"),
    ),
    note="What changed of late, of receipts, rules and models, and what follows (drift.actions).",
)
