"""PSI by hand, its mean by chance, and what is called a drift: noise is not, a planted shift is."""

from math import log

import numpy as np
import pytest

from basketry.drift.psi import psi
from basketry.drift.rows import verdict
from basketry.drift.settings import DriftSettings
from basketry.drift.shares import most_moved
from basketry.drift.windows import Counted, Measured, block_days, last_two, measured, n_blocks

WEEKLY = DriftSettings(days=14, reference_days=42, usual_windows=4)


def found(reference, current, rest=(0, 0), min_count=5):
    return psi(np.array(reference), np.array(current), rest, min_count)


def test_psi_is_what_a_hand_computes():
    # 59.5 and 39.5 of 99, then 29.5 and 69.5 of 99: half a count is added to each.
    both = found([59, 39], [29, 69])
    wanted = (29.5 - 59.5) / 99 * log(29.5 / 59.5) + (69.5 - 39.5) / 99 * log(69.5 / 39.5)
    assert both.value == pytest.approx(wanted, rel=1e-12) == pytest.approx(0.3838, abs=1e-4)
    assert both.parts.sum() == both.value
    assert both.chance == pytest.approx(1 / 98 + 1 / 98)


def test_alike_is_zero_and_either_may_come_first():
    assert found([40, 60], [40, 60]).value == 0
    assert found([40, 60], [80, 20]).value == pytest.approx(found([80, 20], [40, 60]).value)


def test_what_one_period_lacks_counts_and_is_finite():
    new = found([100, 0], [60, 40])
    assert new.value == pytest.approx((60.5 - 100.5) / 101 * log(60.5 / 100.5) + 40 / 101 * log(40.5 / 0.5))


def test_rare_members_are_one_bin_with_those_not_named():
    # Of 200 and 100: 15 or more in both make 5 expected in the shorter; 14 do not.
    some = found([100, 10, 9, 60], [50, 5, 5, 30], rest=(21, 10))
    assert some.members.tolist() == [0, 1, 3]
    assert (some.reference.tolist(), some.current.tolist()) == ([100, 10, 60, 30], [50, 5, 30, 15])
    assert some.reference.sum() == 200


@pytest.mark.parametrize(
    ("reference", "current"), [([0, 0], [50, 50]), ([50, 50], [0, 0]), ([90], [90]), ([3, 3], [2, 4])]
)
def test_one_bin_or_an_empty_period_says_nothing(reference, current):
    assert found(reference, current) is None


def test_chance_is_the_mean_of_two_samples_of_one_population():
    random, shares = np.random.default_rng(3), np.full(20, 1 / 20)
    draws = [found(random.multinomial(3000, shares), random.multinomial(600, shares)) for _ in range(500)]
    assert np.mean([draw.value for draw in draws]) == pytest.approx(draws[0].chance, rel=0.05)


def counted(n, span=None):
    """[members, blocks], the last days first."""
    n = np.array(n)
    return Counted(
        [f"m{i}" for i in range(len(n))], n, np.zeros(n.shape[1], int), span or n.shape[1] * block_days(WEEKLY)
    )


def test_periods_are_whole_blocks_that_follow_each_other():
    settings = DriftSettings(days=28, reference_days=182, usual_windows=6)
    assert (block_days(settings), n_blocks(settings)) == (14, 27)
    n = np.arange(27)[None, :]
    assert [int(part[0]) for part in last_two(n, settings)] == [sum(range(2, 15)), 0 + 1]
    assert [int(part[0]) for part in last_two(n, settings, 6)] == [sum(range(14, 27)), 12 + 13]


@pytest.mark.parametrize(("span", "n_usual"), [(27, None), (28, 0), (41, 0), (42, 1), (56, 2), (400, 4)])
def test_windows_go_as_far_back_as_there_are_days_before_them(span, n_usual):
    same = counted([[50] * 7, [70] * 7], span)
    usual = measured(same, WEEKLY)
    assert (None if usual is None else len(usual.usual)) == n_usual


def test_a_shift_is_called_by_its_size_and_only_when_it_never_was_so_large_before():
    calm, shifted = [[60, 50, 50, 50, 50, 50, 50], [40, 50, 50, 50, 50, 50, 50]], [[90] + [50] * 6, [10] + [50] * 6]
    now, usual = measured(counted(calm), WEEKLY)
    assert verdict(Measured(now, usual), WEEKLY, "block") == (False, "none")
    now, usual = measured(counted(shifted), WEEKLY)
    assert now.value - now.chance > WEEKLY.psi and max(usual) == 0
    assert verdict(Measured(now, usual), WEEKLY, "block") == (True, "block")
    assert verdict(Measured(now, [0.0]), WEEKLY, "block") == (False, "note")
    assert verdict(Measured(now, [0.0, now.value + 1e-9]), WEEKLY, "block") == (False, "none")
    middling = WEEKLY.model_copy(update={"psi": 5.0})
    assert verdict(Measured(now, usual), middling, "block") == (False, "note")


def test_chance_is_taken_off_before_a_psi_is_called_large():
    now, usual = measured(counted([[90] + [50] * 6, [10] + [50] * 6]), WEEKLY)
    at_the_line = WEEKLY.model_copy(update={"psi": now.value - now.chance / 2, "note_psi": 0.01})
    assert verdict(Measured(now, usual), at_the_line, "refit") == (False, "note")


def test_what_moved_most_is_named_with_its_shares_and_all_others_are_nobody():
    n = counted([[90] + [50] * 6, [10] + [50] * 6, [1] * 7])
    now, _ = measured(n, WEEKLY)
    first, second, third = most_moved(n, now, WEEKLY)
    assert (first.member, second.member, third.member) == ("m1", "m0", None)
    assert (first.before, first.now) == (pytest.approx(150 / 303), pytest.approx(10 / 101))


def fortnights(random, n=13, n_members=40, n_baskets=60):
    """[members, fortnights] lines of a shop where nothing changes: a dozen a basket, mostly of a few kinds, so that
    they are anything but independent.
    """
    taste = random.dirichlet(np.full(n_members, 0.5))
    kinds = random.dirichlet(taste * 4 + 1e-3, size=(n, n_baskets))
    return random.multinomial(12, kinds).sum(axis=1).T


def is_called(n, settings):
    now, usual = measured(Counted([""] * len(n), n, np.zeros(n.shape[1], int), 14 * n.shape[1]), settings)
    return verdict(Measured(now, usual), settings, "note")[0], now.value


def with_a_shift(n):
    """What the best seller sold of late is now of the third best."""
    third, _, best = n.sum(axis=1).argsort()[-3:]
    n = n.copy()
    n[third, 0] += n[best, 0]
    n[best, 0] = 0
    return n


def test_shuffled_weeks_are_seldom_called_drifted_and_a_planted_shift_always_is():
    """Even where the threshold is of no help, and PSI by itself, as it is usually read, calls many."""
    settings = DriftSettings(days=14, reference_days=84, usual_windows=6, psi=0.01, note_psi=0.01, min_count=10)
    random, n_draws = np.random.default_rng(11), 300
    noise = [fortnights(random) for _ in range(n_draws)]
    called = [is_called(n, settings) for n in noise]
    planted = [is_called(with_a_shift(n), settings)[0] for n in noise]
    assert 0 < sum(is_drifted for is_drifted, _ in called) <= 0.05 * n_draws
    assert sum(value >= 0.1 for _, value in called) >= 0.4 * n_draws
    assert sum(planted) >= 0.99 * n_draws
