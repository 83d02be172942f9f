"""The job writes the series, their forecasts and what was chosen, of whole weeks before --to."""

from datetime import date, timedelta

import pytest

from basketry import tables
from tests.support.tables import rows

WEEKS, MONDAY = 24, date(2024, 1, 1)


@pytest.fixture
def shop(lake):
    """milk sells 10 a week, bread 3 in one store; petrol by volume; and in the last week ten times as much."""
    lines = ["basket_id item_id store_id quantity sold_on"]
    for week in range(WEEKS):
        day, more = MONDAY + timedelta(weeks=week), 10 if week == WEEKS - 1 else 1
        lines += [f"a{week} milk s1 {6 * more} {day}", f"b{week} milk s2 {4 * more} {day}"]
        lines += [f"a{week} bread s1 {3 * more} {day}", f"c{week} petrol s1 9000 {day}"]
    lake.put(tables.LINES, "\n".join(lines))
    lake.put(tables.ITEMS, "item_id item_index type\nmilk 0 dairy\nbread 1 bakery\npetrol 2 fuel")
    return lake


def test_forecasts_the_weeks_after_the_period(shop, capsys):
    to_on = MONDAY + timedelta(weeks=WEEKS - 1, days=3)
    assert shop.run("forecast_demand", "--to", str(to_on)) == 0
    # The last week is cut by --to, so it is neither learnt from nor kept.
    weekly = shop.read(tables.WEEKLY_SALES)
    assert {row[0] for row in rows(weekly, "week_on")} == {MONDAY + timedelta(weeks=n) for n in range(WEEKS - 1)}
    demand = rows(shop.read(tables.DEMAND), "level", "unit_id", "store_id", "week_on", "ahead", "mean")
    assert {(*row[:3], round(row[5], 6)) for row in demand} == {
        ("item", "milk", "all", 10),
        ("item", "bread", "all", 3),
        ("type", "dairy", "all", 10),
        ("type", "bakery", "all", 3),
        ("type_store", "dairy", "s1", 6),
        ("type_store", "dairy", "s2", 4),
        ("type_store", "bakery", "s1", 3),
    }
    assert {row[3:5] for row in demand} == {(MONDAY + timedelta(weeks=WEEKS - 2 + n), n) for n in (1, 2, 3, 4)}
    chosen = shop.read(tables.DEMAND_MODELS).where("is_chosen AND level = 'type'")
    assert {(row[0], round(row[1], 6)) for row in rows(chosen.where("n_series > 0"), "series_class", "wape")} == {
        ("steady", 0),
        ("fast", 0),
    }
    assert "max_mean_quantity" in capsys.readouterr().err
