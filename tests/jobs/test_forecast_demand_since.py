"""After any history of silver.lines, runs of forecast_demand that go on from each other leave what one run leaves."""

import random
from datetime import date, timedelta

import pytest

from basketry import since, tables
from basketry.runs import commit_note
from basketry.tables.store import Store
from basketry.verify import difference
from tests.support.lake import Lake
from tests.support.tables import frame, rows

MONDAY, N_WEEKS = date(2024, 1, 1), 20
ITEMS = ("milk", "curd", "bread", "salt", "petrol", "thing")
TYPES = "item_id item_index type\nmilk 0 dairy\ncurd 1 dairy\nbread 2 bakery\nsalt 3 -\npetrol 4 fuel\nthing 5 -"
SAME = (tables.WEEKLY_SALES, tables.DEMAND, tables.DEMAND_MODELS)
# What is out of stock shows only when it is sold again, weeks later.
STOCK = ("--set=demand.stock.gap_weeks=2", "--set=demand.stock.steady_weeks=2")
HEAD = "basket_id item_id line_number store_id quantity amount is_outlier sold_on"


@pytest.fixture(autouse=True)
def _follows_few_too(monkeypatch):
    monkeypatch.setattr(since, "FEWEST_ROWS", 0)
    monkeypatch.setattr(since, "MOST_CHANGED", 1)


def sale(draw, weeks):
    """A line of a day in the first `weeks`; one in ten is a return."""
    item, day = draw.choice(ITEMS), MONDAY + timedelta(days=draw.randrange(7 * weeks))
    pieces = 5000 if item == "petrol" else draw.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, -1])
    return f"{item} 1 s{draw.randrange(2)} {pieces} {max(pieces, 0)}.00 false {day}"


def put(lake, lines):
    now = frame(lake.store.spark, tables.LINES, "\n".join([HEAD, *(f"{name} {line}" for name, line in lines.items())]))
    lake.store.sync(tables.LINES, now, commit_note("test", "test"))


def change(draw, lines, weeks):
    """Lines come, go, are corrected, or have another flag, which no sum sees."""
    for name in draw.sample(sorted(lines), 4):
        kind = draw.choice(("delete", "correct", "flag"))
        if kind == "delete":
            del lines[name]
        else:
            lines[name] = sale(draw, weeks) if kind == "correct" else lines[name].replace("false", "true")
    lines |= {f"b{draw.randrange(10_000)}": sale(draw, weeks) for _ in range(8)}


def forecast(lake, *flags):
    assert lake.run("forecast_demand", "--set=demand.horizon=1", *STOCK, *flags) == 0


def said(capsys):
    err = capsys.readouterr().err.splitlines()
    return [line for line in err if "everything is counted" in line or "weeks added up" in line]


def assert_as_built_at_once(lake, lines, folder, types=TYPES):
    whole = Lake(Store(lake.store.spark, str(folder)), folder, folder)
    whole.put(tables.ITEMS, types)
    put(whole, lines)
    forecast(whole)
    assert {str(t): difference(whole.read(t), lake.read(t), t) for t in SAME} == dict.fromkeys(map(str, SAME), "")


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.full) for n in range(2, 8))])
def test_any_history_is_as_one_run(lake, tmp_path, capsys, seed):
    draw = random.Random(seed)  # noqa: S311
    lines = {f"a{n}": sale(draw, N_WEEKS - 3) for n in range(150)}
    lake.put(tables.ITEMS, TYPES)
    put(lake, lines)
    forecast(lake)
    for weeks in (N_WEEKS - 3, N_WEEKS - 1, N_WEEKS):
        for _ in range(draw.randrange(1, 3)):
            change(draw, lines, weeks)
            put(lake, lines)
        forecast(lake)
    told = said(capsys)
    assert "no earlier run" in told[0]
    assert all("weeks added up again" in line for line in told[1:]) and len(told) == 4
    assert_as_built_at_once(lake, lines, tmp_path / "whole")


def test_only_weeks_whose_sums_may_differ_are_added_up_and_all_when_an_item_changes_its_type(lake, tmp_path, capsys):
    lines = {f"a{n}": f"milk 1 s1 2 2.00 false {MONDAY + timedelta(days=n)}" for n in range(7 * N_WEEKS)}
    lake.put(tables.ITEMS, TYPES)
    put(lake, lines)
    forecast(lake)
    lines["a0"] = lines["a0"].replace("false", "true")
    lines["a9"] = lines["a9"].replace(" 2 2.00", " 3 3.00")
    put(lake, lines)
    forecast(lake)
    assert '"weeks": 1' in said(capsys)[1]
    week = lake.read(tables.WEEKLY_SALES).where("level = 'item' AND week_on = '2024-01-08'")
    assert rows(week, "quantity") == [(15,)]
    moved = TYPES.replace("dairy", "cold", 1)
    lake.put(tables.ITEMS, moved)
    forecast(lake)
    assert "an item known then has another type" in said(capsys)[0]
    assert_as_built_at_once(lake, lines, tmp_path / "whole", moved)
