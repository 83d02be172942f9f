"""gold: factors, recommendations and similar items of the recommender."""

from basketry.tables.contract import BOOLEAN, DOUBLE, FLOATS, INT, SCORES, STRING, Column, Table

# The rows of this id answer every user, or item, that has no rows of its own.
ANYONE = ""

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
