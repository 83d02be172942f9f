"""Levels of both policies, worked by hand, and what terms and companions change."""

import numpy as np
import pandas as pd
import pytest

from basketry.errors import ContractError
from basketry.stock.companions import companions_of
from basketry.stock.curve import curve_of
from basketry.stock.plan import Known, levels_of
from basketry.stock.policy import newsvendor, over, periodic, raised, ratio
from basketry.stock.settings import StockSettings
from basketry.stock.terms import TERMS, terms_of

PLAIN = StockSettings(lead_sd_days=0.0, companion_share=1.0, companion_prior=0.0)


def array(*numbers):
    return np.array(numbers, float)


def terms(**over):
    return pd.DataFrame({name: [float(over.get(name, getattr(PLAIN, name)))] for name in TERMS})


def test_demand_of_a_time_that_varies():
    # 70 a week is 10 a day; 14 days: 140, variance 2 x 100 + 10^2 x 3^2 = 1100.
    mean, sd = over(array(70), array(10), array(14), array(3))
    assert (mean[0], sd[0] ** 2) == pytest.approx((140, 1100))


def test_a_lead_time_without_spread_adds_no_variance():
    assert over(array(70), array(10), array(7), array(0))[1] == pytest.approx(10)


def test_the_newsvendor_holds_the_quantile_of_the_critical_ratio():
    best = ratio(array(3), array(1))
    assert best == [0.75]
    # A week of 100 give or take 20: 100 + .6745 x 20 = 113.49.
    found = newsvendor(array(100), array(20), terms(shelf_days=7), best, PLAIN)
    assert (found.order_up_to[0], found.safety_stock[0]) == (114, pytest.approx(14))
    # Two of seven days of 7 a week are Poisson of mean 2: P(D <= 2) = .677, P(D <= 3) = .857.
    assert newsvendor(array(7), array(0), terms(shelf_days=2), best, PLAIN).order_up_to == [3]


def test_periodic_review_covers_review_and_delivery():
    # 14 days of 100 a week give or take 20: mean 200, sd 28.28. A week sells 100 if 100 / 19 are missing.
    # sd (phi(z) - z (1 - Phi(z))) = 5.26 at z = 0.5388: 200 + 15.24.
    found = periodic(array(100), array(20), terms(lead_days=7), array(0.95), array(1), PLAIN)
    assert (found.order_up_to[0], found.reorder_point[0]) == (216, 215)
    assert 0.95 <= found.served[0] < 0.955


def test_an_order_that_costs_comes_in_economic_quantities():
    # sqrt(2 x 8 x 50 x 52 / (.25 x 4)) = 203.96 a cycle, 50 of which is a week's.
    dear = periodic(array(50), array(5), terms(order_cost=8, holding=0.25), array(0.95), array(4), PLAIN)
    assert dear.order_up_to - dear.reorder_point == [1 + 154]
    unknown = periodic(array(50), array(5), terms(order_cost=8), array(0.95), array(np.nan), PLAIN)
    assert unknown.order_up_to - unknown.reorder_point == [1]


def test_rare_large_demand_is_not_held_for_years():
    # One piece in 50 weeks, give or take 30 a week: no level a shop would hold serves 95 %.
    found = periodic(array(0.02, 2.0), array(30, 1.5), terms(), array(0.95), array(1, 1), PLAIN)
    assert (found.order_up_to.tolist(), found.is_bounded.tolist()) == ([1, found.order_up_to[1]], [True, False])
    assert found.served[0] < 0.5 and found.order_up_to[1] < 26 * 2


def test_no_demand_asks_for_nothing():
    found = periodic(array(0), array(0), terms(), array(0.95), array(1), PLAIN)
    assert (found.order_up_to[0], found.reorder_point[0], found.served[0]) == (0, -1, 1)
    assert newsvendor(array(0), array(0), terms(), array(0.4), PLAIN).order_up_to == [0]


def test_companions_raise_the_service_so_that_shortages_lose_no_more_money():
    # Margin .6, companions .3 more: 5 % x .6 / .9.
    assert raised(array(0.95), array(0.6), array(0.3))[0] == pytest.approx(1 - 0.05 * 2 / 3)
    assert raised(array(0.95), array(0), array(0)) == [0.95]


PAIRS = pd.DataFrame(
    [("pasta", "sauce", 60, 100, 200, 20.0), ("pasta", "salt", 30, 100, 50, 10.0)],
    columns=["item_a", "item_b", "n_ab", "n_a", "n_b", "expected"],
)


def companions(margin, **over):
    ids = pd.Series(["pasta", "salt", "sauce"])
    return companions_of(PAIRS, ids, array(*margin), PLAIN.model_copy(update=over))


def test_companions_are_bought_beyond_chance():
    # Pasta: (60 - 20) / 100 x 1.0 of sauce + (30 - 10) / 100 x .5 of salt; salt and sauce each of pasta's 2.0.
    found = companions([2.0, 0.5, 1.0], max_companion=10)
    assert found.margin.tolist() == pytest.approx([0.5, 20 / 50 * 2, 40 / 200 * 2])
    assert (found.first, found.n.tolist()) == (["sauce", "pasta", "pasta"], [2, 1, 1])


def test_companions_are_shrunk_and_bounded():
    assert companions([2.0, 0.5, 1.0], companion_prior=60.0).margin[0] == pytest.approx(0.4 / 2 + 0.1 / 3)
    assert companions([2.0, 0.5, 1.0], max_companion=0.2).margin.tolist() == pytest.approx([0.4, 0.1, 0.2])
    assert companions([2.0, 0.5, 1.0], companion_share=0.0).margin.tolist() == [0, 0, 0]


def test_a_companion_without_a_price_adds_nothing():
    assert np.nan_to_num(companions([2.0, np.nan, 1.0], max_companion=10).margin).tolist() == pytest.approx(
        [0.4, 0, 0.4]
    )


def known(settings=PLAIN, given=(), **over):
    units = pd.DataFrame(
        {
            "unit_id": ["pasta", "salt", "sauce"],
            "name": ["PASTA", "SALT", "SAUCE"],
            "type": None,
            "category": ["dry", "dry", "wet"],
            "department": ["GROCERY", "GROCERY", "PRODUCE"],
            "price": [2.0, np.nan, 1.0],
            "recent_weekly": 0.0,
        }
    ).assign(**over)
    weeks = pd.DataFrame(
        [(unit, ahead, 40.0 * ahead, 9.0 * ahead**0.5, False) for unit in units["unit_id"] for ahead in (1, 2, 3)],
        columns=["unit_id", "ahead", "mean", "sd_until", "is_new"],
    )
    rows = pd.DataFrame(given, columns=["scope", "name", "setting", "value"])
    return Known(units, terms_of(units, rows, settings), weeks, PAIRS, 0)


def test_the_narrowest_scope_rules():
    rows = [
        ("item", "salt", "service", 0.9),
        ("category", "dry", "service", 0.8),
        ("department", "GROCERY", "margin", 0.4),
    ]
    found = known(given=rows).terms
    assert found["service"].tolist() == [0.8, 0.9, 0.95] and found["margin"].tolist() == [0.4, 0.4, 0.3]
    with pytest.raises(ContractError, match="waste would pay; not so for sauce"):
        known(given=[("item", "sauce", "margin", 0.95)])


def test_a_plan_says_why():
    plan = levels_of(known(), PLAIN).set_index("unit_id")
    assert plan["policy"].to_dict() == {"pasta": "periodic", "salt": "periodic", "sauce": "newsvendor"}
    # Ten days reach into the second week: 60 a week; the sauce keeps for the first alone.
    assert plan["weekly_demand"].tolist() == [60, 60, 40]
    pasta, salt, sauce = (plan.loc[name] for name in ("pasta", "salt", "sauce"))
    assert pasta["companion_margin"] == pytest.approx(0.4 * 0.3) and pasta["service"] == pytest.approx(1 - 0.05 / 1.2)
    assert pasta["why"] == (
        f"Sells 60 a week (give or take 9); delivered in 3 days, looked at every 7; 95.8 % of demand from the shelf "
        f"asks for {pasta['order_up_to']} in stock, {round(pasta['safety_stock'])} of them safety; "
        "without it SAUCE sell less too: 0.12 a piece"
    )
    assert np.isnan(salt["unit_margin"]) and salt["companion_margin"] == 0 and salt["order_up_to"] > 60 * 10 / 7
    assert "its price is not known" in salt["why"]
    # A piece too few loses .3 and .2 x .6 of pasta bounded by .3; one too many 1 - .3 - .1.
    assert sauce["critical_ratio"] == pytest.approx(0.42 / 1.02)
    assert "loses 0.42, one too many 0.60: enough in 41% of the times pays best" in sauce["why"]


def test_errors_that_go_together_over_weeks_ask_for_more_stock():
    """Of two weeks off by 18 together: 12.7 each if they had nothing to do with each other, 9 if they are off alike."""
    apart, alike = (known(), known())
    alike.weeks["sd_until"] = 9.0 * alike.weeks["ahead"]
    plans = [levels_of(each, PLAIN).set_index("unit_id") for each in (apart, alike)]
    assert [plan.loc["pasta", "weekly_sd"] for plan in plans] == pytest.approx([9, 18 / 2**0.5])
    assert plans[0].loc["pasta", "order_up_to"] < plans[1].loc["pasta", "order_up_to"]


def test_the_curve_asks_each_service_of_all_that_keeps():
    settings = PLAIN.model_copy(update={"curve": (0.8, 0.95)})
    one, other = known(), known(given=[("item", "salt", "service", 0.5)])
    plan = levels_of(one, settings)
    found = curve_of(one, plan, settings)
    assert (found["is_plan"].tolist(), found["service"].tolist()) == ([True, False, False], [0.95, 0.8, 0.95])
    numbers = found.drop(columns="is_plan")
    assert numbers.loc[0].tolist() == pytest.approx(numbers.loc[2].tolist())
    # Pasta alone has a price: 2.0, of which .6 margin, with sauce .12 more; a review sells 60.
    pasta = plan[plan["unit_id"] == "pasta"].iloc[0]
    held = (pasta["safety_stock"] + 30) * 1.4
    lost = 60 * (1 - pasta["expected_service"]) * 0.72
    numbers = found.loc[0, ["stock_value", "holding_weekly", "lost_weekly"]].tolist()
    assert numbers == pytest.approx([held, held * 0.25 / 52, lost])
    assert found.loc[0, "order_up_to"] == plan.loc[plan["policy"] == "periodic", "order_up_to"].sum()
    assert (found.loc[1, ["order_up_to", "stock_value"]] < found.loc[2, ["order_up_to", "stock_value"]]).all()
    again = curve_of(other, levels_of(other, settings), settings)
    assert again["service"].tolist() == [pytest.approx(0.725), 0.8, 0.95]
    pd.testing.assert_frame_equal(again[1:], found[1:])


def test_where_nothing_keeps_there_is_no_curve():
    fresh = known(department="PRODUCE")
    assert curve_of(fresh, levels_of(fresh, PLAIN), PLAIN).empty


def test_the_order_of_rows_changes_nothing():
    one = known()
    other = one._replace(weeks=one.weeks[::-1], pairs=PAIRS[::-1])
    pd.testing.assert_frame_equal(levels_of(one, PLAIN), levels_of(other, PLAIN))
