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
