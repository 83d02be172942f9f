"""gold: itemsets, rules, pairs and sequences, and the additive counts that both nulls are made from."""

from basketry.tables.contract import BIGINT, BOOLEAN, DOUBLE, INT, STRING, STRINGS, Column, Table

SHARE = "BETWEEN 0 AND 1"


def level() -> Column:
    return Column("level", STRING, "what counts as an item: item, type, category or department")


# The segment of rows mined from all baskets.
WHOLE = "all"


def segment() -> Column:
    return Column("segment", STRING, "all, or the store, month, quarter or users of mining.segment_by mined alone")


ITEMSETS = Table(
    "gold",
    "itemsets",
    key=("level", "segment", "items"),
    columns=(
        level(),
        segment(),
        Column("items", STRINGS, "the items, sorted", check="size(items) > 0"),
        Column("size", INT, "number of items", check="size > 0"),
        Column("freq", BIGINT, "baskets that hold all of them", check="freq > 0"),
        Column("support", DOUBLE, "freq / baskets (0 to 1)", check="support > 0 AND support <= 1"),
        Column("is_closed", BOOLEAN, "no larger itemset has the same freq"),
        Column("is_maximal", BOOLEAN, "no larger itemset is frequent"),
    ),
    note="Every itemset at or above the minimum count; the holdout is not counted.",
)

RULES = Table(
    "gold",
    "rules",
    key=("level", "segment", "antecedent", "consequent"),
    columns=(
        level(),
        segment(),
        Column("antecedent", STRINGS, "the items bought, sorted"),
        Column("consequent", STRINGS, "the items that go with them, sorted"),
        Column("freq", BIGINT, "baskets that hold both sides", check="freq > 0"),
        Column("support", DOUBLE, "freq / baskets (0 to 1)", check="support > 0 AND support <= 1"),
        Column(
            "confidence",
            DOUBLE,
            "freq / baskets with the antecedent (0 to 1)",
            check="confidence > 0 AND confidence <= 1",
        ),
        Column("confidence_low", DOUBLE, "lower end of its 95 % Wilson interval", check=f"confidence_low {SHARE}"),
        Column("confidence_high", DOUBLE, "upper end of its 95 % Wilson interval", check=f"confidence_high {SHARE}"),
        Column("lift", DOUBLE, "confidence / support of the consequent; 1 when independent", check="lift > 0"),
        Column("leverage", DOUBLE, "support - product of the supports of both sides (-0.25 to 0.25)"),
        Column("conviction", DOUBLE, "(1 - support of consequent) / (1 - confidence); null = infinite", nullable=True),
        Column("cosine", DOUBLE, "freq / square root of the product of both sides' baskets (0 to 1)"),
        Column("jaccard", DOUBLE, "freq / baskets with either side (0 to 1)"),
        Column("kulczynski", DOUBLE, "mean of the confidences of both directions (0 to 1)"),
        Column("imbalance", DOUBLE, "difference of both sides' baskets / baskets with either (0 to 1)"),
        Column(
            "zhang",
            DOUBLE,
            "leverage / the largest possible (-1 to 1); null when the antecedent is in every basket",
            nullable=True,
        ),
        Column(
            "certainty",
            DOUBLE,
            "share of the way to certainty that the antecedent moves confidence (-1 to 1); null when the consequent "
            "is in every basket",
            nullable=True,
        ),
        Column(
            "odds_ratio",
            DOUBLE,
            "odds of the consequent with the antecedent / without; null when a mixed cell is empty",
            nullable=True,
        ),
        Column(
            "adjusted_lift",
            DOUBLE,
            "freq / baskets expected among baskets of the same size; 1 when independent",
            nullable=True,
        ),
        Column("hyper_lift", DOUBLE, "freq / 99 % quantile of chance; null where that is 0", nullable=True),
        Column("expected", DOUBLE, "baskets of both sides, were they independent among baskets of the same size"),
        Column("p", DOUBLE, "Poisson probability of freq or more given expected", check=f"p {SHARE}"),
        Column("q", DOUBLE, "false discovery rate among all rules of these lengths, found or not", check=f"q {SHARE}"),
        Column("improvement", DOUBLE, "least gain in confidence over a rule with one item less in the antecedent"),
        Column("is_redundant", BOOLEAN, "a rule with one item less has at least the confidence"),
        Column("is_productive", BOOLEAN, "every item of the antecedent adds something that chance does not explain"),
        Column("is_significant", BOOLEAN, "q at or below mining.max_q"),
        Column("holdout_freq", BIGINT, "baskets of both sides in the holdout; null without one", nullable=True),
        Column(
            "holdout_antecedent_freq",
            BIGINT,
            "baskets with the antecedent in the holdout; null without one",
            nullable=True,
        ),
        Column("holdout_confidence", DOUBLE, "confidence there; null without antecedent", nullable=True),
        Column("holdout_adjusted_lift", DOUBLE, "adjusted lift there; null when nothing is expected", nullable=True),
        Column(
            "replicated", BOOLEAN, "adjusted lift there above 1; null when fewer than 5 are expected", nullable=True
        ),
        Column("n_users", BIGINT, "distinct users who bought both sides together", check="n_users >= 0"),
        Column("top_user_share", DOUBLE, "share of those baskets by their top user", check=f"top_user_share {SHARE}"),
    ),
    note="Every rule at or above the minimum confidence, with what speaks for it and whether it held in the holdout.",
)

PAIRS = Table(
    "gold",
    "pairs",
    key=("level", "item_a", "item_b"),
    columns=(
        level(),
        Column("item_a", STRING, "the item that sorts first", check="item_a < item_b"),
        Column("item_b", STRING, "the other item"),
        Column("n_ab", BIGINT, "baskets with both", check="n_ab >= 0"),
        Column("n_a", BIGINT, "baskets with item_a", check="n_a > 0"),
        Column("n_b", BIGINT, "baskets with item_b", check="n_b > 0"),
        Column("n", BIGINT, "all baskets", check="n > 0"),
        Column("lift", DOUBLE, "n_ab * n / (n_a * n_b); 1 when independent", check="lift >= 0"),
        Column("expected", DOUBLE, "baskets with both, were they independent among baskets of the same size"),
        Column("adjusted_lift", DOUBLE, "n_ab / expected; null when nothing is expected", nullable=True),
        Column("p", DOUBLE, "Poisson tail of n_ab given expected, on the side where it lies", check=f"p {SHARE}"),
        Column("q", DOUBLE, "false discovery rate over the whole search space; exact up to .05", check=f"q {SHARE}"),
        Column("expected_margins", DOUBLE, "baskets with both, given only item counts and basket sizes"),
        Column("adjusted_lift_margins", DOUBLE, "n_ab / expected_margins", nullable=True),
        Column("p_margins", DOUBLE, "as p, given expected_margins", check=f"p_margins {SHARE}"),
        Column("q_margins", DOUBLE, "as q, given expected_margins", check=f"q_margins {SHARE}"),
        Column("direction", STRING, "complement: more than expected; substitute: less"),
        Column("is_significant", BOOLEAN, "q of the null in mining.null at or below mining.max_q"),
        Column("n_users", BIGINT, "distinct users who bought both together", check="n_users >= 0"),
        Column("top_user_share", DOUBLE, "share of n_ab by their top user; null when n_ab is 0", nullable=True),
        Column("holdout_freq", BIGINT, "baskets with both in the holdout; null without one", nullable=True),
        Column(
            "holdout_adjusted_lift",
            DOUBLE,
            "baskets there over those the null of the settings expects; null without any",
            nullable=True,
        ),
        Column("replicated", BOOLEAN, "same direction there; null when fewer than 5 are expected", nullable=True),
    ),
    note="Pairs in enough baskets to matter and all significant ones, together more or less often than chance.",
)

PAIR_COUNTS = Table(
    "gold",
    "pair_counts",
    key=("level", "item_a", "item_b"),
    columns=(
        level(),
        Column("item_a", STRING, "the item that sorts first", check="item_a < item_b"),
        Column("item_b", STRING, "the other item"),
        Column("n", BIGINT, "mined baskets with both", check="n > 0"),
        Column("n_users", BIGINT, "distinct users of these baskets", check="n_users >= 0"),
        Column("n_top_user", BIGINT, "of these baskets, those of their top user", check="n_top_user BETWEEN 0 AND n"),
    ),
    note="Every pair seen of items in mining.pair_min_count baskets; n adds up over batches of baskets.",
)

ITEM_COUNTS = Table(
    "gold",
    "item_counts",
    key=("level", "stratum", "item"),
    columns=(
        level(),
        Column("stratum", INT, "smallest size of the baskets counted together (items)", check="stratum > 0"),
        Column("item", STRING, "the item"),
        Column("n", BIGINT, "mined baskets of the stratum with the item", check="n > 0"),
    ),
    note="Baskets of every item by basket size; adds up over batches of baskets.",
)

STRATA = Table(
    "gold",
    "strata",
    key=("level", "stratum"),
    columns=(
        level(),
        Column("stratum", INT, "smallest size of the baskets counted together (items)", check="stratum > 0"),
        Column("n_baskets", BIGINT, "mined baskets of the stratum", check="n_baskets > 0"),
        Column("n_lines", BIGINT, "items in them", check="n_lines > 0"),
    ),
    note="Baskets by size; adds up over batches of baskets.",
)

SEQUENCES = Table(
    "gold",
    "sequences",
    key=("level", "steps"),
    columns=(
        level(),
        Column("steps", STRINGS, "an item, and another bought after it", check="size(steps) = 2"),
        Column("days", INT, "days after the visit that count; the visit's own day does not", check="days > 0"),
        Column("n", BIGINT, "visits (a user's day) whose days after lie in the period", check="n > 0"),
        Column("n_a", BIGINT, "of these, visits with the first item", check="n_a > 0"),
        Column("n_b", BIGINT, "of these, visits with the second item in the days after", check="n_b > 0"),
        Column("freq", BIGINT, "of these, visits with both", check="freq > 0"),
        Column("confidence", DOUBLE, "freq / n_a (0 to 1)", check=f"confidence {SHARE}"),
        Column("lift", DOUBLE, "freq * n / (n_a * n_b); above 1 too where the same users like both", check="lift > 0"),
        Column("expected", DOUBLE, "mean of freq over every order of each user's visits", check="expected >= 0"),
        Column("adjusted_lift", DOUBLE, "freq / expected; null when nothing is expected", nullable=True),
        Column("p", DOUBLE, "probability of such an excess over expected, users drawn alike", check=f"p {SHARE}"),
        Column(
            "q", DOUBLE, "false discovery rate over all ordered pairs of items; exact up to .05", check=f"q {SHARE}"
        ),
        Column("is_significant", BOOLEAN, "q at or below mining.max_q"),
        Column("freq_reverse", BIGINT, "freq of the second item, then the first", check="freq_reverse >= 0"),
        Column("lead", BIGINT, "pairs of visits in these days with the steps in this order, less those reversed"),
        Column("p_order", DOUBLE, "probability of such a lead, users drawn alike", check=f"p_order {SHARE}"),
        Column("q_order", DOUBLE, "as q, of p_order", check=f"q_order {SHARE}"),
        Column("is_ordered", BOOLEAN, "q_order at or below mining.max_q: after, more than before"),
        Column("n_users", BIGINT, "distinct users with such a visit", check="n_users > 0"),
        Column("top_user_share", DOUBLE, "share of freq by its top user", check=f"top_user_share {SHARE}"),
    ),
    note="A, then B within mining.sequence_days: every such sequence of mining.sequence_min_users users.",
)

SEQUENCE_PATTERNS = Table(
    "gold",
    "sequence_patterns",
    key=("level", "steps"),
    columns=(
        level(),
        Column("steps", STRINGS, "distinct items in the order of their visits", check="size(steps) > 2"),
        Column("n_users", BIGINT, "users with a visit", check="n_users > 0"),
        Column("freq", BIGINT, "users with all steps in this order, at any distance", check="freq > 0"),
        Column("support", DOUBLE, "freq / n_users (0 to 1)", check="support > 0 AND support <= 1"),
        Column("expected", DOUBLE, "users who would have it with their visits in random order", check="expected >= 0"),
        Column("adjusted_lift", DOUBLE, "freq / expected; null when no draw had it", nullable=True),
        Column("p", DOUBLE, "normal probability of freq or more; null where chance decides too little", nullable=True),
        Column("q", DOUBLE, "false discovery rate over every choice of as many steps; null as p", nullable=True),
        Column("is_significant", BOOLEAN, "q at or below mining.max_q; null as p", nullable=True),
    ),
    note="Sequences of three steps and more, of mining.pattern_min_support; empty unless that is set.",
)
