"""Noisy counts of users for publication, and the ledger of what they cost."""

from basketry.tables.contract import BIGINT, DATE, DOUBLE, INT, STRING, TIMESTAMP, Column, Table

_LEVEL = Column("level", STRING, "what counts as an item: item, type, category or department")
_SIGMA = Column("sigma", DOUBLE, "deviation of the noise in n_users (users)", check="sigma > 0")
_RELEASE = Column("release", INT, "number of the release in ops.privacy_ledger", check="release > 0")
_USERS = (
    "users who bought {}, of those who count for it (a user counts for the privacy.{} bought most often), with noise"
)

RELEASED_ITEMS = Table(
    "gold",
    "released_items",
    key=("level", "item"),
    columns=(
        _LEVEL,
        Column("item", STRING, "the item"),
        Column("n_users", BIGINT, _USERS.format("it", "max_items")),
        _SIGMA,
        _RELEASE,
    ),
    note="Differentially private counts of users by item, of the last release of each level; may be published.",
)

RELEASED_PAIRS = Table(
    "gold",
    "released_pairs",
    key=("level", "item_a", "item_b"),
    columns=(
        _LEVEL,
        Column("item_a", STRING, "the item that sorts first", check="item_a < item_b"),
        Column("item_b", STRING, "the other item"),
        Column("n_users", BIGINT, _USERS.format("both in one basket", "max_pairs")),
        _SIGMA,
        _RELEASE,
    ),
    note="Differentially private counts of users by pair, of the last release of each level; may be published.",
)

PRIVACY_LEDGER = Table(
    "ops",
    "privacy_ledger",
    key=("number",),
    columns=(
        Column("number", INT, "of the release: 1, 2, 3, without a gap", check="number > 0"),
        Column("release_id", STRING, "tells one try from another (random)"),
        Column("run_id", STRING, "the run"),
        Column("released_at", TIMESTAMP, "when, before its noise was drawn (UTC)"),
        _LEVEL,
        Column("epsilon", DOUBLE, "privacy loss of this release alone, at delta", check="epsilon > 0"),
        Column("delta", DOUBLE, "chance that epsilon does not hold", check="delta > 0"),
        Column("rho", DOUBLE, "its loss as zero-concentrated differential privacy, which adds up", check="rho > 0"),
        Column("delta_keys", DOUBLE, "of delta: chance that a key of one user alone is shown", check="delta_keys > 0"),
        Column("max_items", INT, "items a user counted for at most (count)", check="max_items > 0"),
        Column("max_pairs", INT, "pairs a user counted for at most (count)", check="max_pairs > 0"),
        Column("sigma_items", DOUBLE, "deviation of the noise of items (users)", check="sigma_items > 0"),
        Column("sigma_pairs", DOUBLE, "deviation of the noise of pairs (users)", check="sigma_pairs > 0"),
        Column("threshold_items", BIGINT, "noisy count from which an item is shown (users)"),
        Column("threshold_pairs", BIGINT, "noisy count from which a pair is shown (users)"),
        Column("spent_epsilon", DOUBLE, "loss of all releases up to this one, at budget_delta"),
        Column("budget_epsilon", DOUBLE, "what they were allowed together"),
        Column("budget_delta", DOUBLE, "chance that spent_epsilon does not hold"),
        Column("baskets_version", BIGINT, "Delta version of silver.baskets that was counted"),
        Column("items_version", BIGINT, "Delta version of silver.items that was read"),
        Column("from_on", DATE, "first day counted (--from)", nullable=True),
        Column("to_on", DATE, "first day no longer counted (--to)", nullable=True),
    ),
    note="What each release of counts cost, written before its noise is drawn; rows are never changed or deleted.",
    only_grows=True,
)
