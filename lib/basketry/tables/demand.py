"""gold: weekly sales, their forecasts, and who sells most and rises next."""

from basketry.tables.contract import BIGINT, BOOLEAN, DATE, DOUBLE, INT, MONEY, STRING, Column, Table

_LEVEL = Column(
    "level", STRING, "item, type, or type_store: a type in a store", check="level IN ('item', 'type', 'type_store')"
)
_UNIT = Column("unit_id", STRING, "the item_id, or the type")
_STORE = Column("store_id", STRING, "the store of level type_store; all at the other levels")

WEEKLY_SALES = Table(
    "gold",
    "weekly_sales",
    key=("level", "unit_id", "store_id", "week_on"),
    columns=(
        _LEVEL,
        _UNIT,
        _STORE,
        Column("week_on", DATE, "Monday of the week", check="dayofweek(week_on) = 2"),
        Column("quantity", BIGINT, "pieces sold; returns are not taken off", check="quantity >= 0"),
        Column("amount", MONEY, "paid for them (currency of the source)"),
        Column(
            "is_out_of_stock",
            BOOLEAN,
            "every item of the unit was out of stock, by demand.stock: neither learnt from nor judged",
        ),
    ),
    note="Weekly sales of each unit that is forecast, whole weeks only: silver.lines of positive quantity. A week that "
    "is not listed, from a unit's first to the last of the table, had no sale. Lines without a type or store are at no "
    "level that needs one.",
)

DEMAND = Table(
    "gold",
    "demand",
    key=("level", "unit_id", "store_id", "week_on"),
    columns=(
        _LEVEL,
        _UNIT,
        _STORE,
        Column("week_on", DATE, "Monday of the week that is forecast", check="dayofweek(week_on) = 2"),
        Column("ahead", INT, "weeks after the last known week, from 1", check="ahead > 0"),
        Column("p10", DOUBLE, "sales are below this with chance .1 (pieces)", check="p10 >= 0"),
        Column("p50", DOUBLE, "median (pieces)", check="p50 >= p10"),
        Column("p90", DOUBLE, "sales are above this with chance .1 (pieces)", check="p90 >= p50"),
        Column("mean", DOUBLE, "expected sales (pieces)", check="mean >= 0"),
        Column("sd", DOUBLE, "standard deviation of the error of mean (pieces)", check="sd >= 0"),
        Column(
            "sd_until",
            DOUBLE,
            "standard deviation of the error of the sum of mean up to this week (pieces)",
            check="sd_until >= 0",
        ),
        Column(
            "model",
            STRING,
            "ses_A, tsb_A (smoothed by A), ma_N (mean of N weeks), seasonal_naive, borrowed (shrunk to its group); "
            "with +, the mean of several",
        ),
        Column("is_new", BOOLEAN, "sold first less than demand.new_weeks weeks ago: borrowed from its group"),
    ),
    note="Forecasts of the weeks after the last whole week, of every unit sold so far, each by the method chosen for "
    "its class of series.",
)

DEMAND_MODELS = Table(
    "gold",
    "demand_models",
    key=("level", "series_class", "model"),
    columns=(
        _LEVEL,
        Column(
            "series_class",
            STRING,
            "new, rare (few weeks with a sale), or by mean pieces a week: slow, steady, fast (demand.class_bounds)",
        ),
        Column("model", STRING, "as in gold.demand"),
        Column("wape", DOUBLE, "sum |forecast - sales| / sum sales; null where nothing was sold", nullable=True),
        Column("bias", DOUBLE, "(sum forecast - sum sales) / sum sales; null the same", nullable=True),
        Column(
            "deviance",
            DOUBLE,
            "mean Poisson deviance of a week, 2 (sales log(sales / forecast) - sales + forecast); null the same",
            nullable=True,
        ),
        Column("n", BIGINT, "series and origins judged", check="n >= 0"),
        Column("n_series", BIGINT, "series of the class that are forecast", check="n_series >= 0"),
        Column("is_chosen", BOOLEAN, "whether the class is forecast by it"),
        Column(
            "coverage",
            DOUBLE,
            "share of sales from p10 to p90 at origins the quantiles are not from, before they are widened; null of "
            "models not chosen, and where nothing was judged",
            nullable=True,
        ),
        Column("widening", DOUBLE, "what p10 and p90 were widened by for it (factor); null as above", nullable=True),
    ),
    note="Errors of every method on the weeks before the forecast, class by class: forecasts of demand.horizon weeks "
    "from demand.validation_origins earlier weeks.",
)

HOT_SELLERS = Table(
    "gold",
    "hot_sellers",
    key=("level", "unit_id", "store_id"),
    columns=(
        _LEVEL,
        _UNIT,
        _STORE,
        Column("name", STRING, "readable name of an item; the type itself; null of an item without one", nullable=True),
        Column("expected", DOUBLE, "pieces expected in the weeks of gold.demand", check="expected >= 0"),
        Column("past", DOUBLE, "pieces in as many weeks, by the last demand.rank.base_weeks", check="past >= 0"),
        Column("position", BIGINT, "from 1, by pieces expected at this level", check="position > 0"),
        Column(
            "score",
            DOUBLE,
            "growth: log((level + 1) / (past + 1)), level smoothed by demand.rank.riser_alpha; null where less than "
            "demand.rank.min_base_quantity pieces were sold",
            nullable=True,
        ),
        Column("score_se", DOUBLE, "standard error of score; null the same", nullable=True),
        Column("riser_position", BIGINT, "from 1, by score at this level; null the same", nullable=True),
        Column("is_top", BOOLEAN, "of the demand.rank.top_share with most pieces expected"),
        Column("is_riser", BOOLEAN, "of the demand.rank.top_share that grow most, of those with enough pieces"),
    ),
    note="Who will sell most and who rises, at each level: units that are one or the other.",
)

HOT_SELLER_CHECKS = Table(
    "gold",
    "hot_seller_checks",
    key=("level", "task", "model"),
    columns=(
        _LEVEL,
        Column(
            "task",
            STRING,
            "top: most pieces; riser: most growth against the base weeks",
            check="task IN ('top', 'riser')",
        ),
        Column(
            "model",
            STRING,
            "forecast: as gold.hot_sellers; last_weeks: the horizon before; moving_average: twice as many weeks",
        ),
        Column(
            "precision",
            DOUBLE,
            "share of the listed units that are true ones; null where none is listed",
            nullable=True,
        ),
        Column("recall", DOUBLE, "share of the true units that are listed; null where there is none", nullable=True),
        Column("f1", DOUBLE, "2 x both / (listed + true); null as either", nullable=True),
        Column("n_listed", BIGINT, "units listed"),
        Column("n_true", BIGINT, "units that were top, or risers, in the last known weeks"),
        Column("n_units", BIGINT, "units ranked"),
    ),
    note="Hot sellers and risers of the last known weeks, foreseen from the weeks before them alone.",
)
