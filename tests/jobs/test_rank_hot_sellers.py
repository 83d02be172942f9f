"""The job lists tops and risers of what was forecast, and refuses forecasts of other weeks."""

from datetime import date, timedelta

import pytest

from basketry import tables
from tests.support.tables import rows

WEEKS, MONDAY = 16, date(2024, 1, 1)
AFTER = MONDAY + timedelta(weeks=WEEKS)
SETTINGS = ["--set", "demand.levels=[item,type]", "--set", "demand.rank.top_share=0.3"]


@pytest.fixture
def forecast(lake):
    """milk sells most; jam doubled three weeks ago; salt sells little and nothing of it is in the lists."""
    weekly = ["level unit_id store_id week_on quantity"]
    for week in range(WEEKS):
        day = MONDAY + timedelta(weeks=week)
        sold = {"milk": 50, "jam": 20 if week >= WEEKS - 3 else 10, "salt": 3}
        weekly += [f"item {item} all {day} {n}" for item, n in sold.items()]
    demand = ["level unit_id store_id week_on ahead p10 p50 p90 mean sd"]
    for ahead in (1, 2, 3, 4):
        day = AFTER + timedelta(weeks=ahead - 1)
        demand += [
            f"item {item} all {day} {ahead} {n} {n} {n} {n} 2" for item, n in (("milk", 50), ("jam", 18), ("salt", 3))
        ]
    lake.put(tables.WEEKLY_SALES, "\n".join(weekly))
    lake.put(tables.DEMAND, "\n".join(demand))
    lake.put(tables.ITEMS, "item_id item_index name\nmilk 0 Milk\njam 1 Jam\nsalt 2 Salt")
    return lake


def test_lists_tops_and_risers(forecast):
    assert forecast.run("rank_hot_sellers", *SETTINGS) == 0
    found = rows(
        forecast.read(tables.HOT_SELLERS), "unit_id", "name", "expected", "past", "position", "is_top", "is_riser"
    )
    assert found == [("jam", "Jam", 72, 55, 2, False, True), ("milk", "Milk", 200, 200, 1, True, False)]
    # Nothing has a type, so nobody is ranked there.
    checks = rows(forecast.read(tables.HOT_SELLER_CHECKS), "level", "n_units", "task", "model")
    assert {row[:2] for row in checks} == {("item", 3), ("type", 0)}
    assert [row[2:] for row in checks if row[0] == "type"] == [
        (task, model) for task in ("riser", "top") for model in ("forecast", "last_weeks", "moving_average")
    ]


def test_forecasts_of_other_weeks_are_exit_3(forecast, capsys):
    forecast.put(tables.DEMAND, f"level unit_id week_on\nitem milk {AFTER + timedelta(weeks=1)}")
    assert forecast.run("rank_hot_sellers", *SETTINGS) == 3
    assert "run forecast_demand" in capsys.readouterr().err
