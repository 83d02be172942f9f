"""gold: segments of users, what sets each apart, and what its users buy more."""

from basketry.tables.contract import BIGINT, BOOLEAN, DOUBLE, INT, STRING, Column, Table

SHARE = "BETWEEN 0 AND 1"


def _segment() -> Column:
    return Column("segment", INT, "number of the segment, kept from run to run", check="segment > 0")


USER_SEGMENTS = Table(
    "gold",
    "user_segments",
    key=("user_id",),
    columns=(
        Column("user_id", STRING, "the user"),
        _segment(),
        Column("is_fitted", BOOLEAN, "the user shaped the segments; false: too few baskets, put into the nearest"),
        Column("distance", DOUBLE, "to the middle of the segment, in scaled features", check="distance >= 0"),
    ),
    note="The segment of every user.",
)

SEGMENTS = Table(
    "gold",
    "segments",
    key=("segment",),
    columns=(
        _segment(),
        Column("name", STRING, "what sets it apart, in words; no two alike"),
        Column("n_users", BIGINT, "users", check="n_users >= 0"),
        Column("share", DOUBLE, "n_users / all users (0 to 1)", check=f"share {SHARE}"),
        Column("n_fitted", BIGINT, "users of it who shaped it", check="n_fitted > 0"),
        Column(
            "silhouette", DOUBLE, "mean of these, by squared distance (-1 to 1)", check="silhouette BETWEEN -1 AND 1"
        ),
    ),
    note="Every segment, its name and size.",
)

SEGMENT_TREE = Table(
    "gold",
    "segment_tree",
    key=("node",),
    columns=(
        Column("node", INT, "a segment, or below 0 several together; -1 everyone"),
        Column("parent", INT, "the node it is part of; null of the root", nullable=True),
        Column("n_users", BIGINT, "users who shaped it", check="n_users > 0"),
        Column("height", DOUBLE, "what joining its two parts adds to the sum of squared distances; 0 of a segment"),
    ),
    note="Which segments are nearest to being one (Ward).",
)

SEGMENT_CHOICES = Table(
    "gold",
    "segment_choices",
    key=("k",),
    columns=(
        Column("k", INT, "number of segments tried", check="k > 0"),
        Column("silhouette", DOUBLE, "mean over users of the best of its fits, by squared distance"),
        Column("stability", DOUBLE, "mean adjusted Rand index between its fits by several seeds (1: all alike)"),
        Column("is_chosen", BOOLEAN, "largest silhouette of the numbers at or above segments.min_stability"),
    ),
    note="Why there are so many segments.",
)

SEGMENT_PROFILES = Table(
    "gold",
    "segment_profiles",
    key=("segment", "kind", "feature"),
    columns=(
        _segment(),
        Column("kind", STRING, "activity, or share: of the user's spend"),
        Column(
            "feature",
            STRING,
            "recency (days since the last basket), frequency (baskets a week), money (a week), or what the spend is on",
        ),
        Column("mean", DOUBLE, "mean over the segment's users who shaped it"),
        Column("mean_all", DOUBLE, "mean over all users who shaped a segment"),
        Column(
            "difference",
            DOUBLE,
            "of both means of the log (activity) or square root (share), in standard deviations; 0 where all are equal",
        ),
    ),
    note="Each feature of each segment against everyone.",
)

SEGMENT_ITEMS = Table(
    "gold",
    "segment_items",
    key=("segment", "level", "item"),
    columns=(
        _segment(),
        Column("level", STRING, "what counts as an item: item, type, category or department"),
        Column("item", STRING, "the item"),
        Column("n_users", BIGINT, "users of the segment who bought it", check="n_users > 0"),
        Column("share", DOUBLE, "n_users / users of the segment who bought anything", check=f"share {SHARE}"),
        Column("share_rest", DOUBLE, "the same of all other users", check=f"share_rest {SHARE}"),
        Column("expected", DOUBLE, "users, given every user's number of distinct items and every item's users"),
        Column("adjusted_lift", DOUBLE, "n_users / expected"),
        Column("p", DOUBLE, "probability of so many or more", check=f"p {SHARE}"),
        Column("q", DOUBLE, "false discovery rate over all items of the level and segments", check=f"q {SHARE}"),
    ),
    note="What more users of a segment buy than the length of their shopping lists explains, q up to segments.max_q.",
)

SEGMENT_RULES = Table(
    "gold",
    "segment_rules",
    key=("level", "antecedent", "consequent", "segment"),
    columns=(
        Column("level", STRING, "what counts as an item: item, type, category or department"),
        Column("antecedent", STRING, "the item bought"),
        Column("consequent", STRING, "the item that goes with it"),
        _segment(),
        Column("n", BIGINT, "baskets of the segment with the antecedent", check="n >= 0"),
        Column("freq", BIGINT, "of these, baskets with both", check="freq >= 0"),
        Column("confidence", DOUBLE, "freq / n (0 to 1); null without n", nullable=True),
        Column("confidence_all", DOUBLE, "the same of all users", nullable=True),
        Column("p", DOUBLE, "of the rule: one confidence for all segments, users drawn alike", check=f"p {SHARE}"),
        Column("q", DOUBLE, "of the rule: false discovery rate over all rules of the table", check=f"q {SHARE}"),
    ),
    note="The segments.max_rules strongest rules of gold.rules of one item a side, in each segment of users.",
)

# Of SEGMENT_GENERALISATION: what is said of all segments together.
EVERY = "all"

SEGMENT_GENERALISATION = Table(
    "gold",
    "segment_generalisation",
    key=("measure", "segment"),
    columns=(
        Column(
            "measure",
            STRING,
            "segments; parts: those found that became this one; users: who shape them, and of these who were not moved "
            "into another; silhouette, squares (sum of squared distances to the middles): of those users; profiles, "
            "items, rules: rows of gold.segment_profiles, gold.segment_items and gold.segment_rules",
        ),
        Column("segment", STRING, "the number of the segment; all"),
        Column("found", DOUBLE, "before"),
        Column("published", DOUBLE, "after; null of users when fewer than min_users were moved", nullable=True),
        Column("min_users", BIGINT, "segments.min_users", check="min_users > 0"),
    ),
    note="What it cost to publish nothing of fewer than segments.min_users users; empty where that is 0.",
)

ITEM_GROUPS = Table(
    "gold",
    "item_groups",
    key=("level", "item"),
    columns=(
        Column("level", STRING, "what an item is: item, type, category or department"),
        Column("item", STRING, "the item"),
        Column("method", STRING, "segments.groups.method, and what it went by"),
        Column("group_id", INT, "its group, 1 the largest; null of noise", nullable=True, check="group_id > 0"),
        Column("n_items", BIGINT, "items of the group; 1 of noise", check="n_items > 0"),
        Column("is_noise", BOOLEAN, "in no group: too few neighbours (dbscan alone)"),
        Column("is_core", BOOLEAN, "has segments.groups.min_points neighbours (dbscan alone)"),
    ),
    note="The group of every item that has an embedding, or is in gold.pairs.",
)

ITEM_TREE = Table(
    "gold",
    "item_tree",
    key=("node",),
    columns=(
        Column("node", INT, "items from 0 by name, then what was joined, in that order", check="node >= 0"),
        Column("parent", INT, "the node it was joined into; null of the last", nullable=True),
        Column("item", STRING, "the item; null of what was joined", nullable=True),
        Column("height", DOUBLE, "distance of its two parts; 0 of an item"),
        Column("n_items", BIGINT, "items in it", check="n_items > 0"),
    ),
    note="The dendrogram of gold.item_groups by ward or average; empty of other methods.",
)

GROUP_QUALITY = Table(
    "gold",
    "group_quality",
    key=("metric",),
    columns=(
        Column(
            "metric",
            STRING,
            "purity: items of the kind most common in their group; adjusted_rand: agreement with the kinds; together: "
            "lines of later baskets whose item's group was already in the basket",
        ),
        Column("value", DOUBLE, "of the groups"),
        Column("shuffled", DOUBLE, "mean of groups of the same sizes with the items shuffled"),
        Column("n", BIGINT, "items or lines judged", check="n > 0"),
        Column("is_unseen", BOOLEAN, "false: the baskets judged by are among those the groups come from"),
    ),
    note="How good the groups of gold.item_groups are, at level item.",
)
