"""Methods are chosen on weeks before the forecast; quantiles cover what they say; new units borrow."""

import numpy as np
import pytest

from basketry.demand.borrow import PRIOR_WEEKS, borrowed
from basketry.demand.choose import choose, forecast_of, origins_of, try_methods
from basketry.demand.classes import CLASSES, classes_of
from basketry.demand.forecast import demand_rows, forecast_series
from basketry.demand.judge_ranks import judge_ranks
from basketry.demand.settings import DemandSettings
from tests.support.weekly import of, series

SETTINGS = DemandSettings()


def poisson(means, weeks, seed=5):
    return np.random.default_rng(seed).poisson(np.asarray(means)[:, None], size=(len(means), weeks))


def test_origins_are_a_horizon_apart_and_end_before_the_forecast():
    assert origins_of(52, DemandSettings(validation_origins=3)) == [40, 44, 48, 52]
    assert origins_of(13, SETTINGS) == [9, 13]
    assert origins_of(1, SETTINGS) == [1]


def test_what_is_judged_are_the_weeks_after_each_origin():
    tried = try_methods(series("u: " + " ".join(map(str, range(1, 17)))), DemandSettings(validation_origins=2))
    assert tried.actual.tolist() == [[[9, 10, 11, 12], [13, 14, 15, 16]]]
    # The average of four weeks before the origin: weeks 5 to 8, 9 to 12, 13 to 16.
    assert tried.forecasts["ma_4"][0, :, 0].tolist() == [6.5, 10.5, 14.5]


def test_the_forecast_weeks_choose_nothing():
    """Two pasts that agree until an origin agree in all that is chosen there, whatever comes after."""
    past = poisson([0.3, 2, 30] * 40, 40)
    other = np.hstack([past, poisson([9] * 120, 4)])
    found, again = (forecast_series(of(quantity).until(40), SETTINGS) for quantity in (past, other))
    assert repr(found.choices) == repr(again.choices)
    np.testing.assert_array_equal(found.mean, again.mean)


def test_classes_by_age_weeks_sold_and_volume():
    picture = """
        new:    0 0 0 0 0 0 0 0 9 9
        rare:   1 0 0 0 0 0 0 0 0 9
        slow:   1 0 1 0 1 0 1 0 1 0
        steady: 5 5 5 5 5 5 5 5 5 5
        fast:   50 50 50 50 50 50 50 50 50 50
    """
    many = series("\n".join(line.strip() for line in picture.strip().splitlines()))
    found = classes_of(many.quantity, many.is_seen, DemandSettings(min_weeks_sold=3, new_weeks=4))
    assert [CLASSES[n] for n in found] == list(many.unit_ids)


def test_the_chosen_method_is_within_the_bias_though_another_misses_less():
    """Of sales that are mostly zeros what is biased downwards has the lowest WAPE: it must not be chosen."""
    random = np.random.default_rng(2)
    quantity = random.poisson(0.6, size=(300, 60)) * random.integers(1, 6, size=(300, 60))
    found = choose(try_methods(of(quantity), SETTINGS), SETTINGS)
    for name in ("slow", "steady"):
        of_class = [each for each in found if each.series_class == name]
        chosen = [each for each in of_class if each.is_chosen]
        within = [each for each in of_class if abs(each.bias) < SETTINGS.max_bias]
        assert len(chosen) == 1 and chosen[0].wape == min(each.wape for each in within)


def test_rare_series_are_forecast_their_mean_not_nothing():
    """Few weeks with a sale: the WAPE is lowest for what forgets them soonest."""
    means = np.random.default_rng(1).lognormal(-3, 1, 900)
    found = choose(try_methods(of(poisson(means, 60)), SETTINGS), SETTINGS)
    rare = [each for each in found if each.series_class == "rare"]
    within = [each for each in rare if abs(each.bias) < SETTINGS.max_bias]
    (chosen,) = [each for each in rare if each.is_chosen]
    assert chosen.deviance == min(each.deviance for each in within)
    assert chosen.wape > min(each.wape for each in within)


def test_the_deviance_is_that_of_the_definition():
    """Every week 2 are sold, but none in four."""
    quantity = np.hstack([np.full((150, 20), 2), np.zeros((150, 4)), np.full((150, 4), 2)])
    found = choose(try_methods(of(quantity), DemandSettings(validation_origins=2)), SETTINGS)
    by_name = {each.model: each.deviance for each in found if each.series_class == "steady"}
    # At first 2 are expected and none sold, then 2 are sold and none expected (.001 is the least), or 1 of 8 weeks.
    assert by_name["ma_4"] == pytest.approx((2 * 2 + 2 * (2 * np.log(2 / 0.001) - 2 + 0.001)) / 2)
    assert by_name["ma_8"] == pytest.approx((2 * 2 + 2 * (2 * np.log(2) - 2 + 1)) / 2)


def test_with_none_within_the_bias_the_least_biased_is_chosen():
    """Sales double every month: every average lags."""
    growth = 2.0 ** (np.arange(40) // 4)
    found = choose(try_methods(of(np.tile(growth, (50, 1))), SETTINGS), SETTINGS)
    fast = [each for each in found if each.series_class == "fast"]
    assert min(abs(each.bias) for each in fast) > SETTINGS.max_bias
    assert next(abs(e.bias) for e in fast if e.is_chosen) == min(abs(each.bias) for each in fast)


@pytest.mark.parametrize("weeks", [1, 60], ids=["nothing judged", "one method is the least biased"])
def test_each_method_of_a_class_is_there_once(weeks):
    growth = 2.0 ** (np.arange(weeks) // 4)
    found = choose(try_methods(of(np.tile(growth, (50, 1))), SETTINGS), SETTINGS)
    names = [(each.series_class, each.model) for each in found]
    assert len(set(names)) == len(names)
    assert sum(each.is_chosen for each in found) == len(CLASSES)


def test_errors_are_those_of_the_definition():
    """wape and bias of one method, added up by hand over origins and weeks."""
    quantity = poisson([20] * 60, 30)
    tried = try_methods(of(quantity), DemandSettings(validation_origins=2))
    found = next(e for e in choose(tried, SETTINGS) if (e.series_class, e.model) == ("fast", "ma_8"))
    missed = sold = signed = 0.0
    for row in quantity:
        for origin in (22, 26):
            forecast = row[origin - 8 : origin].mean()
            for actual in row[origin : origin + 4]:
                missed, signed, sold = missed + abs(forecast - actual), signed + forecast - actual, sold + actual
    assert (found.wape, found.bias) == pytest.approx((missed / sold, signed / sold))


def test_weeks_out_of_stock_are_not_judged():
    quantity = poisson([20] * 60, 30)
    lost = quantity.copy()
    lost[:, 27] = 0
    masked = of(lost)._replace(is_out=np.arange(30)[None, :].repeat(60, 0) == 27)
    settings = DemandSettings(validation_origins=1)
    as_zeros, as_masked, as_sold = (
        choose(try_methods(each, settings), settings) for each in (of(lost), masked, of(quantity))
    )
    bias = [
        next(e.bias for e in found if (e.series_class, e.model) == ("fast", "ses_0.3"))
        for found in (as_zeros, as_masked, as_sold)
    ]
    assert bias[0] > 0.3 and abs(bias[1]) < 0.05 and abs(bias[2]) < 0.05


def test_quantiles_cover_what_they_say_on_later_weeks():
    """Poisson sales whose means never change: the truth is known."""
    random = np.random.default_rng(9)
    quantity = poisson(random.lognormal(2.5, 0.8, 1500), 56)
    found = forecast_series(of(quantity).until(52), SETTINGS)
    later = quantity[:, 52:]
    inside = (found.quantiles[..., 0] <= later) & (later <= found.quantiles[..., 2])
    assert 0.78 <= inside.mean() <= 0.84
    assert 0.46 <= (later < found.quantiles[..., 1]).mean() <= 0.54
    assert np.sqrt(((later - found.mean) ** 2).mean()) == pytest.approx(np.sqrt((found.sd**2).mean()), rel=0.05)


def test_the_spread_of_a_sum_knows_that_weeks_go_together():
    """Means that wander, so that a forecast is too low or too high for weeks; and means that never change."""
    random = np.random.default_rng(4)
    shocks, log_means = random.normal(0, 0.15, (1500, 56)), np.zeros((1500, 56))
    for week in range(1, 56):
        log_means[:, week] = 0.9 * log_means[:, week - 1] + shocks[:, week]
    walks = 60 * np.exp(log_means)
    for means, least in ((walks, 1.5), (np.full((1500, 56), 60.0), 0)):
        quantity = random.poisson(means)
        found = forecast_series(of(quantity).until(52), SETTINGS)
        off = (quantity[:, 52:] - found.mean).cumsum(axis=1)
        ratio = np.sqrt((off**2).mean(axis=0) / (found.sd_until**2).mean(axis=0))
        assert ratio == pytest.approx(np.ones(4), rel=0.12)
        alone = np.sqrt((found.sd**2).sum(axis=1).mean())
        assert np.sqrt((found.sd_until[:, 3] ** 2).mean()) > least * alone
        np.testing.assert_allclose(found.sd_until[:, 0], found.sd[:, 0], rtol=0.02)


def test_of_slow_sellers_quantiles_cover_more_never_less():
    quantity = poisson([0.4] * 1500, 56, seed=3)
    many = of(quantity)
    found = forecast_series(many.until(52), SETTINGS)
    later = quantity[many.quantity[:, :52].any(axis=1), 52:] if len(many.unit_ids) < len(quantity) else quantity[:, 52:]
    inside = (found.quantiles[..., 0] <= later) & (later <= found.quantiles[..., 2])
    assert inside.mean() >= 0.78
    assert (found.quantiles >= 0).all()


def test_new_units_borrow_from_their_group():
    """Units of group 0 sell 10 a week when new, those of group 1 sell 1; each newcomer has only its first sale."""
    weeks = 30
    quantity = np.zeros((22, weeks))
    quantity[:10, 12:] = 10
    quantity[10:20, 12:] = 1
    quantity[20:, -1] = 4
    groups = (np.array([0] * 10 + [1] * 10 + [0, 1]),)
    found = forecast_series(of(quantity, groups=groups), SETTINGS)
    assert found.mean[20:, 0].tolist() == [10, 1]
    assert found.models[20:].tolist() == ["borrowed", "borrowed"]
    rows = demand_rows(of(quantity, groups=groups), found).to_pandas()
    assert set(rows.loc[rows["is_new"], "unit_id"]) == {"u00020", "u00021"}


def test_own_weeks_count_against_those_of_the_group():
    """Of 3 later weeks of 0, and a group's mean of 7."""
    quantity = np.vstack([np.r_[np.zeros(12), np.full(18, 7)]] * 5 + [np.r_[np.zeros(26), [5, 0, 0, 0]]])
    found = borrowed(of(quantity, groups=(np.array([0] * 5 + [0]),)), of(quantity).is_seen, 8)
    in_group = (5 * 7 * 7 + 0) / (5 * 7 + 3)
    assert found[-1] == pytest.approx(PRIOR_WEEKS * in_group / (3 + PRIOR_WEEKS))


def test_what_sold_from_the_first_week_is_not_taken_for_new():
    quantity = np.vstack([np.full((8, 30), 100), np.r_[np.zeros(12), np.full(18, 3)][None, :].repeat(8, 0)])
    found = borrowed(of(quantity), of(quantity).is_seen, 8)
    # Its own 17 weeks of 3 and the group's of 3: the hundreds were new at an unknown time.
    assert found[-1] == 3


def test_one_week_of_data_gives_that_week_and_the_spread_of_chance():
    found = forecast_series(series("a: 4\nb: 9"), DemandSettings(new_weeks=0, min_weeks_sold=1))
    assert found.mean[:, 0].tolist() == [4, 9]
    assert (found.quantiles[:, :, 0] < found.mean).all() and (found.quantiles[:, :, 2] > found.mean).all()
    assert all(np.isnan(each.wape) for each in found.choices)


def test_units_that_stopped_are_forecast_next_to_nothing():
    quantity = poisson([5] * 40, 60)
    quantity[0, 20:] = 0
    assert forecast_series(of(quantity), SETTINGS).mean[0].max() < 0.2


def test_a_level_without_units_gives_no_rows_of_the_same_types():
    """Items without a type leave the type levels empty."""
    none, some = (
        demand_rows(each, forecast_series(each, SETTINGS)) for each in (of(np.zeros((1, 20))), series("a: 1 2"))
    )
    assert (none.num_rows, none.schema) == (0, some.schema)
    assert judge_ranks(of(np.zeros((1, 20))), SETTINGS)[0].n_units == 0


def test_a_series_that_was_never_sold_is_refused():
    with pytest.raises(ValueError, match="without a sale"):
        forecast_series(series("a: 0 0 0\nb: 1 2 3"), SETTINGS)


def test_blends_are_the_mean_of_their_parts():
    tried = try_methods(of(poisson([5] * 4, 30)), SETTINGS)
    parts = tried.forecasts
    np.testing.assert_allclose(forecast_of("ses_0.1+ma_4", tried), (parts["ses_0.1"] + parts["ma_4"]) / 2)
