"""gold: which items lie at which site and in which zone, and what that is worth on later orders."""

from basketry.tables.contract import BIGINT, BOOLEAN, DOUBLE, INT, STRING, Column, Table

ALLOCATION = Table(
    "gold",
    "allocation",
    key=("site", "item_id"),
    columns=(
        Column("site", STRING, "the site, as allocation.sites names it"),
        Column("item_id", STRING, "an item it holds; one item may be at several sites"),
        Column("position", INT, "place at the site by baskets, from 1", check="position >= 1"),
        Column("n_baskets", BIGINT, "baskets with the item that the plan learnt from", check="n_baskets >= 0"),
        Column("n_orders", BIGINT, "of these, baskets that no site fills whole without it here", check="n_orders >= 0"),
        Column("space", DOUBLE, "what it takes of the site's capacity", check="space > 0"),
        Column("is_fixed", BOOLEAN, "it is here since allocation.fixed says so"),
        Column("reason", STRING, "why it is here, in words"),
    ),
    note="Items by site, so that as many orders as possible leave whole from one site.",
)

SLOTTING = Table(
    "gold",
    "slotting",
    key=("item_id",),
    columns=(
        Column("item_id", STRING, "the item"),
        Column("zone", STRING, "where it lies, as allocation.zones names it"),
        Column("position", INT, "place in the zone by baskets, from 1", check="position >= 1"),
        Column("n_baskets", BIGINT, "baskets with the item that the plan learnt from", check="n_baskets >= 0"),
        Column("n_alone", BIGINT, "of these, baskets that need the zone for this item only", check="n_alone >= 0"),
        Column("space", DOUBLE, "what it takes of the zone's capacity", check="space > 0"),
        Column("is_fixed", BOOLEAN, "it is here since allocation.fixed says so"),
        Column("reason", STRING, "why it is here, in words"),
    ),
    note="Items by zone, so that an order visits as few zones as possible.",
)

ALLOCATION_QUALITY = Table(
    "gold",
    "allocation_quality",
    key=("plan", "method"),
    columns=(
        Column("plan", STRING, "sites: gold.allocation; zones: gold.slotting", check="plan IN ('sites', 'zones')"),
        Column(
            "method",
            STRING,
            "plan: the one published; velocity: most sold first; category: categories kept together; random: mean of "
            "allocation.n_draws",
        ),
        Column(
            "value",
            DOUBLE,
            "on the later orders: share filled whole from one site (more is better), or mean zones visited (fewer is)",
            check="value >= 0",
        ),
        Column("learnt", DOUBLE, "the same on the orders the plan learnt from", check="learnt >= 0"),
        Column("n", BIGINT, "later orders; of zones those with a planned item", check="n > 0"),
        Column("gain", DOUBLE, "how much better the plan is than this on later orders, same unit; 0 of the plan"),
        Column("gain_low", DOUBLE, "lower end of its 95 % interval, orders of one user taken together"),
        Column("gain_high", DOUBLE, "upper end of the same"),
        Column("verdict", STRING, "the comparison in words: gain, no gain or loss"),
    ),
    note="What plans are worth on orders they never saw, beside simple ones.",
)
