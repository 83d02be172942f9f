"""The plan is made from the lake, terms of a file rule, and `basketry stock` shows it on one screen."""

import pytest
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.errors import SettingsError
from tests.support.tables import rows

WEEKS = ("2024-03-04", "2024-03-11")
PLAIN = ("--set", "stock.lead_sd_days=0", "--set", "stock.companion_share=1", "--set", "stock.companion_prior=0")


@pytest.fixture
def shop(lake):
    """Pasta keeps, sauce is a perishable, salt has no price, fuel is sold by volume, and nobody asks for old."""
    lake.put(
        tables.ITEMS,
        "item_id item_index name category department\n1 1 PASTA dry GROCERY\n2 2 SAUCE wet PRODUCE\n3 3 SALT - -\n"
        "4 4 FUEL - -\n5 5 OLD - GROCERY\n6 6 SALTO - -",
    )
    demand = ["level unit_id store_id week_on ahead mean sd_until p10 p50 p90"]
    for item, mean, sd in (("1", 70, 12), ("2", 14, 4), ("3", 0.5, 0.9), ("4", 9000, 900), ("5", 0, 0)):
        demand += [f"item {item} all {day} {n} {mean} {sd} 0 {mean} {mean}" for n, day in enumerate(WEEKS, 1)]
    lake.put(tables.DEMAND, "\n".join([*demand, "type dry all 2024-03-04 1 70 12 0 70 70"]))
    lake.put(
        tables.WEEKLY_SALES,
        "level unit_id store_id week_on quantity\nitem 1 all 2024-02-26 64\nitem 1 all 2024-02-19 32\n"
        "type dry all 2024-02-26 9",
    )
    lake.put(
        tables.LINES,
        "basket_id item_id quantity amount\nb1 1 1 2.00\nb2 1 2 4.40\nb3 1 1 2.40\nb4 2 1 1.00\nb5 3 1 0.00\n"
        "b6 4 9000 20.00\nb7 1 -1 90.00\nb8 5 1 3.00",
    )
    pairs = "level item_a item_b n_ab n_a n_b expected adjusted_lift is_significant"
    lake.put(tables.PAIRS, f"{pairs}\nitem 1 2 60 100 200 20 3 true\nitem 1 3 60 100 200 90 0.7 true")
    return lake


def test_a_plan_of_every_item_and_one_screen_of_it(shop, tmp_path):
    terms = tmp_path / "terms.csv"
    terms.write_text("scope,name,setting,value\nitem,1,lead_days,7\ndepartment,GROCERY,service,0.9\n")
    assert shop.run("plan_stock", *PLAIN, "--set", f"stock.terms={terms}") == 0
    plan = shop.read(tables.STOCK_PLAN)
    # Pasta at a median of 2.20 a piece: margin .66; with it .4 sauces more than chance, whose margin is .30.
    shown = ("unit_id", "policy", "weekly_demand", "recent_weekly", "price", "protection_days", "reorder_point")
    assert rows(plan, *shown) == [
        ("1", "periodic", 70, 12, pytest.approx(2.2), 14, plan.where("unit_id = 1").first()["order_up_to"] - 1),
        ("2", "newsvendor", 14, 0, 1, 7, None),
        ("3", "periodic", 0.5, 0, None, 10, plan.where("unit_id = 3").first()["order_up_to"] - 1),
        ("5", "periodic", 0, 0, 3, 10, -1),
    ]
    extra = dict(rows(plan, "unit_id", "companion_margin"))
    assert extra == {"1": pytest.approx(0.12), "2": pytest.approx(0.132), "3": 0, "5": 0}
    assert dict(rows(plan, "unit_id", "service"))["1"] == pytest.approx(1 - 0.1 * 0.66 / 0.78)
    curve = rows(shop.read(tables.STOCK_CURVE), "is_plan", "service")
    assert len(curve) == 11 and [service for is_plan, service in curve if is_plan] == [pytest.approx(0.9, abs=1e-3)]
    _screen(shop)
    assert shop.run("plan_stock", "--set", "stock.max_units=3") == 3
    terms.write_text("scope,name,setting,value\nitem,1,lead_days,-7\nshelf,1,lead_days,1\n")
    assert shop.run("plan_stock", "--set", f"stock.terms={terms}") == 3
    assert rows(shop.read(tables.STOCK_PLAN), *plan.columns) == rows(plan, *plan.columns)


def _screen(shop):
    def asked(item):
        return CliRunner().invoke(app, ["stock", item, "--set", f"lake.root={shop.root}"])

    shown = asked("pasta").output
    assert all(text in shown for text in ("PASTA (1)", "2024-03-11", "90 %", "order up to", "Sells 70 a week", "40.0%"))
    assert "nothing is bought with it" in asked("salt").output
    assert isinstance(asked("bread").exception, SettingsError)
