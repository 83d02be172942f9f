"""gold: factors, recommendations and similar items of the recommender."""

from pyspark.sql import types as T

from basketry.tables.contract import BIGINT, BOOLEAN, DATE, DOUBLE, FLOATS, INT, SCORES, STRING, Column, Table

# The rows of this id answer every user, or item, that has no rows of its own.
ANYONE = ""

# Delta knows no NOT NULL inside an array: source, kind and text are always there, the others as the kind has them.
REASON = T.StructType(
    [
        T.StructField("source", STRING),
        T.StructField("kind", STRING),
        T.StructField("other_item_id", STRING),
        T.StructField("n", BIGINT),
        T.StructField("of", BIGINT),
        T.StructField("value", DOUBLE),
        T.StructField("last_on", DATE),
        T.StructField("text", STRING),
    ]
)

USER_FACTORS = Table(
    "gold",
    "user_factors",
    key=("user_id",),
    columns=(
        Column("user_id", STRING, "the user"),
        Column("factors", FLOATS, "ALS vector [rank]"),
    ),
    note="ALS user factors.",
)

ITEM_FACTORS = Table(
    "gold",
    "item_factors",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("factors", FLOATS, "ALS vector [rank]"),
    ),
    note="ALS item factors.",
)

RECOMMENDATIONS = Table(
    "gold",
    "recommendations",
    key=("user_id", "list", "position"),
    columns=(
        Column("user_id", STRING, "the user; the row set of user_id '' answers every user never seen"),
        Column("list", STRING, "repeat: bought before; explore: never bought", check="list IN ('repeat', 'explore')"),
        Column("position", INT, "place in the list, from 1", check="position >= 1"),
        Column("item_id", STRING, "the item"),
        Column("score", DOUBLE, "sum of the contributions; comparable within one user"),
        Column("source", STRING, "the source that contributes most"),
        Column("contributions", SCORES, "what each source adds to the score"),
        Column(
            "reasons",
            T.ArrayType(REASON, containsNull=False),
            "why, at most three, the largest contribution first; values have 4 decimals. bought: in n of the user's "
            "baskets, last on last_on. with: n of the of baskets with other_item_id hold it, value is their adjusted "
            "lift in gold.pairs; all null when it has no such pair. similar_users: n of the of nearest users bought "
            "it. type: the user bought items of its type n times. taste: the share (value) of what ALS says that comes "
            "from buying other_item_id. popular: in n of all of baskets.",
        ),
    ),
    note="Top items of each user, best first: what they buy again, and what is new to them.",
)

SIMILAR_ITEMS = Table(
    "gold",
    "similar_items",
    key=("item_id", "position"),
    columns=(
        Column("item_id", STRING, "the item; the row set of item_id '' answers every item without rows of its own"),
        Column("position", INT, "place in the item's list, from 1", check="position >= 1"),
        Column("similar_item_id", STRING, "the item like it"),
        Column("similarity", DOUBLE, "cosine of the ALS item factors (-1 to 1); null where is_fallback", nullable=True),
        Column("is_fallback", BOOLEAN, "true where a popular item stands in"),
    ),
    note="Items whose buyers are alike, by ALS factors.",
)

TUNING = Table(
    "gold",
    "tuning",
    key=("target", "trial"),
    columns=(
        Column(
            "target",
            STRING,
            "als: the fit; habit, explore, cart: the weights of the list",
            check="target IN ('als', 'habit', 'explore', 'cart')",
        ),
        Column("trial", INT, "in the order tried, from 1: the settings of the run", check="trial >= 1"),
        Column("settings", SCORES, "the value of each setting tried, by its name under recommend"),
        Column(
            "left_out", STRING, "the source whose weight is 0 in what was chosen otherwise; else null", nullable=True
        ),
        Column("metric", STRING, "ndcg"),
        Column("k", INT, "length of the list", check="k >= 1"),
        Column(
            "value",
            DOUBLE,
            "mean over the users or baskets of the validation days: of als and explore what is new to the user, of "
            "habit all a user buys, of cart a hidden item",
            check="value BETWEEN 0 AND 1",
        ),
        Column("ci_low", DOUBLE, "lower end of the 95 % bootstrap interval (users drawn)"),
        Column("ci_high", DOUBLE, "upper end of the same"),
        Column("n", BIGINT, "users or baskets that the value is of", check="n > 0"),
        Column("is_chosen", BOOLEAN, "the best of its target, ties to the earlier trial; never with left_out"),
    ),
    note="Settings of the recommender tried on days before the holdout of evaluate. gold.metrics has what evaluate "
    "judges, on the holdout.",
)

ITEM_AFFINITIES = Table(
    "gold",
    "item_affinities",
    key=("kind", "item_id", "position"),
    columns=(
        Column("kind", STRING, "cosine of pair counts, or ease", check="kind IN ('cosine', 'ease')"),
        Column("item_id", STRING, "the item in the cart"),
        Column("position", INT, "place by size of the weight, from 1", check="position >= 1"),
        Column("other_item_id", STRING, "the item it says something of"),
        Column("weight", DOUBLE, "what it adds to the other item's score; may be negative"),
    ),
    note="What an item in a cart says of others, the strongest of each; among the most popular items only.",
)

EXCLUDED_ITEMS = Table(
    "gold",
    "excluded_items",
    key=("item_id", "rule"),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("rule", STRING, "the setting of recommend.lists that keeps it out"),
    ),
    note="Items that no list recommends.",
)
