"""Each recursion gives what is worked out by hand and what statsforecast gives; a week out of stock changes nothing."""

import numpy as np
import pandas as pd
import pytest
from statsforecast import StatsForecast
from statsforecast.models import TSB, SeasonalNaive, SimpleExponentialSmoothing, WindowAverage

from basketry.demand.choose import try_methods
from basketry.demand.methods import moving_average, seasonal_naive, ses, tsb
from basketry.demand.settings import DemandSettings
from tests.support.weekly import of, series


def last(method, picture, **settings):
    """The forecast after the last week of the only series."""
    one = series(picture)
    return method(one.quantity, one.is_seen, **settings)[0, -1]


def test_smoothing_by_hand():
    # 4; 4 + .5 (2 - 4) = 3; 3 + .5 (0 - 3) = 1.5
    assert last(ses, "u: - 4 2 0", alpha=0.5) == 1.5


def test_tsb_by_hand():
    # Chance 1, .5, .25, .625; size 4, 4, 4, 4 + .5 (2 - 4) = 3.
    assert last(tsb, "u: 4 0 0 2", alpha=0.5) == 0.625 * 3


def test_a_moving_average_is_of_the_last_weeks_or_of_all_there_are():
    assert last(moving_average, "u: 9 1 2 3", window=3) == 2
    assert last(moving_average, "u: - 1 2 3", window=8) == 2


def test_gaps_are_zeros_from_the_first_sale_on():
    assert last(moving_average, "u: - - 6 0 0", window=8) == 2


def test_seasonal_naive_repeats_the_season():
    one = series("u: 1 2 3 4 5 6")
    assert [seasonal_naive(one.quantity, one.is_seen, 6, ahead, 4)[0] for ahead in (1, 2, 3, 4)] == [3, 4, 5, 6]
    assert np.isnan(seasonal_naive(one.quantity, one.is_seen, 3, 1, 4)[0])


@pytest.mark.parametrize(
    ("method", "settings"), [(ses, {"alpha": 0.3}), (tsb, {"alpha": 0.2}), (moving_average, {"window": 3})]
)
def test_a_week_out_of_stock_changes_nothing(method, settings):
    assert last(method, "u: 3 x 0 5 x x 1 2", **settings) == last(method, "u: 3 0 5 1 2", **settings)


def test_every_series_at_once_equals_statsforecast_one_by_one():
    """Intermittent and busy series that begin in different weeks."""
    random = np.random.default_rng(3)
    quantity = random.poisson(random.choice([0.2, 1, 8, 60], size=(40, 1)), size=(40, 60))
    quantity[np.arange(40), random.integers(0, 20, 40)] = 3
    many = of(quantity)
    theirs = _statsforecast(many)
    ours = {
        "ses": ses(many.quantity, many.is_seen, 0.3)[:, -1],
        "tsb": tsb(many.quantity, many.is_seen, 0.2)[:, -1],
        "ma": moving_average(many.quantity, many.is_seen, 8)[:, -1],
        "naive": np.array([seasonal_naive(many.quantity, many.is_seen, 60, 1, 13)]).ravel(),
    }
    for name, found in ours.items():
        np.testing.assert_allclose(found, theirs[name].to_numpy(), rtol=1e-6, err_msg=name)


def _statsforecast(many):
    """Its forecasts of the first week ahead, by series."""
    units, weeks = np.nonzero(many.is_seen)
    rows = pd.DataFrame({"unique_id": units, "ds": weeks, "y": many.quantity[units, weeks]})
    models = [
        SimpleExponentialSmoothing(0.3, alias="ses"),
        TSB(0.2, 0.2, alias="tsb"),
        WindowAverage(8, alias="ma"),
        SeasonalNaive(13, alias="naive"),
    ]
    found = StatsForecast(models=models, freq=1).forecast(df=rows.astype({"y": float}), h=1)
    return found.sort_values("unique_id")


def test_the_seasonal_naive_is_tried_when_the_season_is_there():
    settings = DemandSettings(season_weeks=20, validation_origins=1)
    one = of(np.tile(np.arange(1, 6), (3, 5)))
    assert "seasonal_naive" not in try_methods(one.head(23), settings).forecasts
    tried = try_methods(one, settings)
    # Week 25 repeats week 5 and so on.
    assert tried.forecasts["seasonal_naive"][0, -1].tolist() == [1, 2, 3, 4]
