"""Tops by pieces expected, risers by growth that few pieces shrink; judged on weeks the lists never saw."""

import numpy as np
import pytest

from basketry.demand.judge_ranks import FORECAST, judge_ranks
from basketry.demand.rank import past_of, positions, ranked
from basketry.demand.settings import DemandSettings, RankSettings
from tests.support.weekly import of, series

NONE = np.zeros(4)


def test_ties_stand_in_the_order_of_their_ids():
    assert positions(np.array([2.0, 5.0, 2.0, 7.0])).tolist() == [3, 2, 4, 1]


def test_the_past_is_of_the_base_weeks_that_were_seen():
    past, base = past_of(series("a: 9 9 2 4\nb: 9 9 x 4"), 4, RankSettings(base_weeks=2))
    assert base.tolist() == [6, 4]
    assert past.tolist() == [12, 16]


def test_tops_are_by_what_is_expected_not_by_what_was():
    many = series("a: 5 5 5\nb: 1 1 1\nc: 2 2 2\nd: 3 3 3")
    found = ranked(many, np.array([1.0, 9.0, 0.0, 2.0]), NONE, 4, RankSettings(top_share=0.25))
    assert found.is_top.tolist() == [False, True, False, False]
    assert found.position.tolist() == [3, 1, 4, 2]


def test_what_expects_nothing_is_no_top():
    found = ranked(series("a: 1 0 0"), np.zeros(1), np.zeros(1), 4, RankSettings())
    assert not found.is_top.any()


def test_growth_by_hand_and_its_shrinkage():
    """Both double at last; of 2 pieces in a month that is less than of 200."""
    many = series("few: 1 1 1 1 2\nmany: 100 100 100 100 200")
    settings = RankSettings(base_weeks=4, min_base_quantity=1, riser_alpha=0.5)
    found = ranked(many, np.zeros(2), np.zeros(2), 4, settings)
    # Level 1 + .5 (2 - 1) = 1.5 a week, past 5 pieces in 4 weeks.
    assert found.score[0] == pytest.approx(np.log((4 * 1.5 + 1) / (5 + 1)))
    assert found.score[1] == pytest.approx(np.log((4 * 150 + 1) / (500 + 1)))
    assert found.riser_position.tolist() == [2, 1]


def test_the_error_of_growth_by_hand():
    found = ranked(series("a: 10 10"), np.array([39.0]), np.array([8.0]), 4, RankSettings(base_weeks=2))
    assert found.score_se[0] == pytest.approx(np.sqrt((8 / 40) ** 2 + 1 / 21))


def test_what_sold_too_little_is_no_riser():
    many = series("a: 0 0 0 9\nb: 9 9 9 10\nc: 20 20 20 9")
    found = ranked(many, np.zeros(3), np.zeros(3), 4, RankSettings(base_weeks=4, min_base_quantity=20, top_share=0.5))
    assert np.isnan(found.score).tolist() == [True, False, False]
    assert found.riser_position.tolist() == [0, 1, 2]
    # The second of two has shrunk: it does not rise, however many are listed.
    assert found.is_riser.tolist() == [False, True, False]
    all_listed = RankSettings(base_weeks=4, min_base_quantity=20).model_copy(update={"top_share": 1.0})
    assert ranked(many, np.zeros(3), np.zeros(3), 4, all_listed).is_riser.tolist() == [False, True, False]


def planted(weeks=40):
    """200 units of 30 a week; the first ten have doubled in the three weeks before the last month, and stay there."""
    random = np.random.default_rng(4)
    means = np.full((200, weeks), 30.0)
    means[:10, weeks - 7 :] = 90
    return of(random.poisson(means))


def test_planted_risers_are_found_better_than_by_a_moving_average():
    found = {(each.task, each.model): each for each in judge_ranks(planted(), DemandSettings())}
    ours, average = found["riser", FORECAST], found["riser", "moving_average"]
    assert ours.n_true == ours.n_units * 0.05 == 10
    assert ours.precision >= 0.9 > 0.5 > (average.precision or 0)


def test_tops_are_judged_on_weeks_the_lists_never_saw():
    """What sells in the last month alone could be known from that month only."""
    quantity = planted().quantity.copy()
    quantity[100:110, -4:] = 500
    late = {each.model: each for each in judge_ranks(of(quantity), DemandSettings()) if each.task == "top"}
    assert {each.precision for each in late.values()} == {0.0}
    assert late[FORECAST].n_true == 10


def test_precision_recall_and_f1_by_hand():
    """Lists of one: a is expected, and sold most."""
    settings = DemandSettings(rank=RankSettings(top_share=0.5, min_base_quantity=1000))
    many = series("a: " + "9 " * 20 + "\nb: " + "5 " * 20 + "\nc: " + "4 " * 16 + "8 8 8 8" + "\nd: " + "1 " * 20)
    top = next(each for each in judge_ranks(many, settings) if (each.task, each.model) == ("top", FORECAST))
    # Listed a and b, true a and c.
    assert (top.precision, top.recall, top.f1, top.n_units) == (0.5, 0.5, 0.5, 4)
    riser = next(each for each in judge_ranks(many, settings) if each.task == "riser")
    assert (riser.precision, riser.recall, riser.f1, riser.n_units) == (None, None, None, 0)


def test_with_too_few_weeks_nothing_is_judged():
    assert judge_ranks(series("a: 1 2 3 4 5 6"), DemandSettings()) == []
