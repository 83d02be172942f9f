"""Lines become whole weeks at each level; what is sold by volume is left out; weeks out of stock are marked."""

from datetime import date

import pytest

from basketry import tables
from basketry.demand.demand import forecast_demand
from basketry.demand.settings import DemandSettings, OutOfStockSettings
from basketry.demand.units import wanted
from basketry.demand.weekly import weekly_sales
from basketry.demand.weeks import Weeks, whole_weeks
from basketry.errors import ContractError
from tests.support.tables import frame, rows

ITEMS = """
    item_id type   category
    milk    dairy  food
    curd    dairy  food
    petrol  fuel   fuel
    diesel  fuel   fuel
    thing   -      -
"""
JANUARY = Weeks(date(2024, 1, 1), date(2024, 1, 29))
UNITS = ("level", "unit_id", "store_id", "week_on", "quantity", "amount", "is_out_of_stock")


def weekly(spark, lines, weeks=JANUARY, **settings):
    """Rows of gold.weekly_sales, dates as text."""
    chosen = DemandSettings(**settings)
    sold = wanted(frame(spark, tables.LINES, lines), frame(spark, tables.ITEMS, ITEMS), chosen).sold
    found = tables.conform(weekly_sales(sold, weeks, chosen), tables.WEEKLY_SALES)
    return [(*row[:3], row[3].isoformat(), *row[4:]) for row in rows(found, *UNITS)]


def test_lines_add_up_to_weeks_at_each_level(spark):
    lines = """
        item_id store_id quantity amount sold_on
        milk    s1       2        3.00   2024-01-01
        milk    s2       1        1.50   2024-01-07
        milk    s1       1        1.50   2024-01-08
        curd    s1       4        8.00   2024-01-02
        curd    s1       -1       0.00   2024-01-03
        thing   -        1        1.00   2024-01-02
        milk    s1       9        9.00   2024-01-29
    """
    assert weekly(spark, lines) == [
        ("item", "curd", "all", "2024-01-01", 4, 8, False),
        ("item", "milk", "all", "2024-01-01", 3, 4.5, False),
        ("item", "milk", "all", "2024-01-08", 1, 1.5, False),
        ("item", "thing", "all", "2024-01-01", 1, 1, False),
        ("type", "dairy", "all", "2024-01-01", 7, 12.5, False),
        ("type", "dairy", "all", "2024-01-08", 1, 1.5, False),
        ("type_store", "dairy", "s1", "2024-01-01", 6, 11, False),
        ("type_store", "dairy", "s1", "2024-01-08", 1, 1.5, False),
        ("type_store", "dairy", "s2", "2024-01-01", 1, 1.5, False),
    ]


def test_what_is_sold_by_volume_goes_with_its_whole_type(spark):
    lines = "item_id quantity\npetrol 9000\ndiesel 1\nmilk 2\nthing 500"
    settings = DemandSettings()
    found = wanted(frame(spark, tables.LINES, lines), frame(spark, tables.ITEMS, ITEMS), settings)
    assert rows(found.sold, "item_id") == [("milk",)]
    assert rows(found.left_out, "item_id", "rule", "quantity") == [
        ("diesel", "max_mean_quantity", 1),
        ("petrol", "max_mean_quantity", 9000),
        ("thing", "max_mean_quantity", 500),
    ]


def test_settings_leave_out_items_types_and_categories(spark):
    lines = "item_id quantity\npetrol 1\ndiesel 1\nmilk 2\ncurd 1\nthing 1"
    settings = DemandSettings(exclude_items=("milk",), exclude_types=("fuel",), exclude_categories=("food",))
    found = wanted(frame(spark, tables.LINES, lines), frame(spark, tables.ITEMS, ITEMS), settings)
    assert rows(found.sold, "item_id") == [("thing",)]
    assert rows(found.left_out, "item_id", "rule") == [
        ("curd", "exclude_categories"),
        ("diesel", "exclude_types"),
        ("milk", "exclude_items"),
        ("petrol", "exclude_types"),
    ]


@pytest.mark.parametrize(
    ("days", "from_on", "to_on", "expected"),
    [
        # Sunday to Tuesday three weeks later: the Monday after the first, and the Monday before the end.
        (("2023-12-31", "2024-01-23"), None, None, ("2024-01-01", "2024-01-22")),
        # The last day is a Sunday: its week is whole.
        (("2024-01-01", "2024-01-14"), None, None, ("2024-01-01", "2024-01-15")),
        (("2024-01-01", "2024-01-23"), date(2024, 1, 3), date(2024, 2, 1), ("2024-01-08", "2024-01-29")),
    ],
)
def test_only_whole_weeks_of_the_period_count(spark, days, from_on, to_on, expected):
    lines = frame(spark, tables.LINES, "sold_on\n" + "\n".join(days))
    assert [day.isoformat() for day in whole_weeks(lines, from_on, to_on)] == list(expected)


def test_a_period_without_a_whole_week_is_refused(spark):
    with pytest.raises(ContractError, match="no whole week"):
        whole_weeks(frame(spark, tables.LINES, "sold_on\n2024-01-02\n2024-01-08"), None, None)


def test_a_unit_is_out_of_stock_when_all_its_items_are_everywhere(spark, tmp_path):
    """Milk is out in both its stores, in one week by name and in one everywhere; curd is not, so dairy sells in s1."""
    given = tmp_path / "out.csv"
    given.write_text(
        "item_id,store_id,week_on\nmilk,s1,2024-01-10\nmilk,s2,2024-01-08\nmilk,,2024-01-15\nmilk,s1,2024-01-22\n"
    )
    lines = """
        item_id store_id quantity sold_on
        milk    s1       1        2024-01-01
        milk    s2       1        2024-01-01
        curd    s1       1        2024-01-01
        curd    s1       1        2024-01-08
        milk    s2       1        2024-01-09
    """
    found = weekly(spark, lines, stock=OutOfStockSettings(file=str(given)))
    assert [(*row[:4], row[4]) for row in found if row[6]] == [
        ("item", "milk", "all", "2024-01-08", 1),
        ("item", "milk", "all", "2024-01-15", 0),
        ("type_store", "dairy", "s2", "2024-01-08", 1),
        ("type_store", "dairy", "s2", "2024-01-15", 0),
    ]


def test_a_file_with_a_week_that_is_no_date_is_refused(spark, tmp_path):
    given = tmp_path / "out.csv"
    given.write_text("item_id,store_id,week_on\nmilk,s1,soon\n")
    with pytest.raises(ContractError, match=r"demand\.stock\.file.* 1 row"):
        weekly(spark, "item_id sold_on\nmilk 2024-01-01", stock=OutOfStockSettings(file=str(given)))


def test_a_gap_in_what_sold_every_week_is_out_of_stock(spark):
    """milk: three weeks, two without, then again. curd: the same gap after two weeks. thing: no sale after it."""
    weeks = [f"2024-01-{day:02d}" for day in (1, 8, 15, 22, 29)] + ["2024-02-05", "2024-02-12"]
    sold = {"milk": (0, 1, 2, 5, 6), "curd": (1, 2, 5), "thing": (0, 1, 2)}
    lines = "\n".join(["item_id sold_on", *(f"{item} {weeks[n]}" for item, when in sold.items() for n in when)])
    stock = OutOfStockSettings(gap_weeks=2, steady_weeks=3)
    spring = Weeks(date(2024, 1, 1), date(2024, 2, 19))
    found = weekly(spark, lines, weeks=spring, levels=("item",), stock=stock)
    assert [(row[1], row[3], row[4]) for row in found if row[6]] == [
        ("milk", "2024-01-22", 0),
        ("milk", "2024-01-29", 0),
    ]


def test_forecasts_do_not_depend_on_partitions(spark):
    lines = ["item_id store_id quantity sold_on"]
    for week in range(4):
        lines += [f"{item} s{n} {n + week} 2024-01-{1 + 7 * week:02d}" for n, item in enumerate(("milk", "curd"), 1)]
    settings = DemandSettings(min_history=2, new_weeks=2, min_weeks_sold=1)
    items = frame(spark, tables.ITEMS, ITEMS)
    sold = wanted(frame(spark, tables.LINES, "\n".join(lines)), items, settings).sold
    found = [
        [
            rows(tables.conform(df, table), *table.column_names)
            for df, table in zip(made, (tables.DEMAND, tables.DEMAND_MODELS), strict=True)
        ]
        for made in (
            forecast_demand(
                weekly_sales(sold.repartition(n), JANUARY, settings).repartition(n), items, JANUARY, settings
            )
            for n in (1, 7)
        )
    ]
    assert found[0] == found[1]
    assert {row[3].isoformat() for row in found[0][0]} == {"2024-01-29", "2024-02-05", "2024-02-12", "2024-02-19"}


def test_a_level_too_large_for_the_driver_is_refused(spark):
    settings = DemandSettings(max_cells=1000)
    lines = "item_id\n" + "\n".join(f"i{n}" for n in range(251))
    items = frame(spark, tables.ITEMS, ITEMS)
    sold = weekly_sales(wanted(frame(spark, tables.LINES, lines), items, settings).sold, JANUARY, settings)
    with pytest.raises(ContractError, match=r"level item has 251 units in 4 weeks.*demand\.max_cells = 1,000"):
        forecast_demand(sold, items, JANUARY, settings)
