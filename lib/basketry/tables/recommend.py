"""gold: factors, recommendations and similar items of the recommender."""

from basketry.tables.contract import BOOLEAN, DOUBLE, FLOATS, INT, STRING, Column, Table

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
    key=("user_id", "position"),
    columns=(
        Column("user_id", STRING, "the user; the row set of user_id '' answers every user never seen"),
        Column("position", INT, "place in the user's list, from 1", check="position >= 1"),
        Column("item_id", STRING, "the item"),
        Column(
            "score", DOUBLE, "of its source (popularity: share of purchases); comparable within one user and source"
        ),
        Column("source", STRING, "als or popularity", check="source IN ('als', 'popularity')"),
    ),
    note="Top items of each user, best first.",
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
