"""gold: how much of each item to hold, when to order, why, and what more service would cost."""

from basketry.tables.contract import BIGINT, BOOLEAN, DOUBLE, STRING, Column, Table

STOCK_PLAN = Table(
    "gold",
    "stock_plan",
    key=("level", "unit_id", "store_id"),
    columns=(
        Column("level", STRING, "item"),
        Column("unit_id", STRING, "the item_id"),
        Column("store_id", STRING, "all: the stock of all stores together"),
        Column(
            "policy",
            STRING,
            "newsvendor: perishable, bought anew every stock.shelf_days; periodic: looked at every stock.review_days, "
            "ordered up to order_up_to when what is there and on its way is at or below reorder_point",
            check="policy IN ('newsvendor', 'periodic')",
        ),
        Column(
            "weekly_demand",
            DOUBLE,
            "expected demand of the weeks planned for (pieces a week)",
            check="weekly_demand >= 0",
        ),
        Column("weekly_sd", DOUBLE, "standard deviation of its error, at least that of Poisson demand (pieces a week)"),
        Column("recent_weekly", DOUBLE, "mean sales of the last stock.recent_weeks weeks (pieces a week)"),
        Column("protection_days", DOUBLE, "days the stock must last: shelf life, or review and delivery (days)"),
        Column("service", DOUBLE, "share of demand asked from the shelf; null of newsvendor", nullable=True),
        Column(
            "critical_ratio",
            DOUBLE,
            "what a missing piece loses / (that + what a piece left over loses): chance of no shortage that pays best",
            check="critical_ratio BETWEEN 0 AND 1",
        ),
        Column("price", DOUBLE, "median paid for a piece (currency of the source); null when not known", nullable=True),
        Column("unit_margin", DOUBLE, "margin of a piece (same); null without a price", nullable=True),
        Column(
            "companion_margin",
            DOUBLE,
            "margin of companions that a missing piece loses too (same); 0 without any",
            check="companion_margin >= 0",
        ),
        Column("order_up_to", BIGINT, "pieces to order up to", check="order_up_to >= 0"),
        Column("reorder_point", BIGINT, "order at or below this; -1: never; null of newsvendor", nullable=True),
        Column(
            "safety_stock", DOUBLE, "pieces above the demand expected in the protection time; below 0: less than that"
        ),
        Column(
            "expected_service",
            DOUBLE,
            "share of demand the plan is expected to serve",
            check="expected_service BETWEEN 0 AND 1",
        ),
        Column("is_new", BOOLEAN, "its forecast is borrowed from its group"),
        Column("why", STRING, "the plan in a sentence"),
    ),
    note="How much to hold of every forecast item; items sold by volume (stock.max_pieces) are left out.",
)

STOCK_CURVE = Table(
    "gold",
    "stock_curve",
    key=("is_plan", "service"),
    columns=(
        Column("is_plan", BOOLEAN, "the plan of gold.stock_plan; else one target for all that keeps"),
        Column(
            "service",
            DOUBLE,
            "share of demand asked from the shelf, before companions raise it; of the plan the mean of its items",
            check="service BETWEEN 0 AND 1",
        ),
        Column(
            "expected_service",
            DOUBLE,
            "share of demand expected to be served, all items together",
            check="expected_service BETWEEN 0 AND 1",
        ),
        Column("order_up_to", BIGINT, "pieces to order up to, all items together", check="order_up_to >= 0"),
        Column("stock_value", DOUBLE, "cost of what is held on average (currency of the source)"),
        Column("holding_weekly", DOUBLE, "cost of holding it (currency of the source a week)"),
        Column("lost_weekly", DOUBLE, "margin expected to be lost, that of companions too (same)"),
    ),
    note="What each target of service would cost, over the items looked at every review (policy periodic); items "
    "without a price cost nothing.",
)
