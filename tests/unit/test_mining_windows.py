"""Windows, expected counts and the sums over users: a table worked by hand, every order of the visits, plain loops."""

from itertools import permutations

import numpy as np
import pytest
import scipy.sparse as sp

from basketry.mining import windows
from basketry.mining.windows import Habits, Visits

DAYS, LAST = 7, 60
N_ITEMS = 5


def visits_of(users):
    """Visits of {user: [(day, items)]}, in order."""
    rows = [(user, day, items) for user, own in sorted(users.items()) for day, items in sorted(own)]
    held = np.zeros((len(rows), N_ITEMS))
    for i, (_, _, items) in enumerate(rows):
        held[i, list(items)] = 1
    user, day = (np.array([row[j] for row in rows]) for j in (0, 1))
    return Visits(user, day, sp.csr_matrix(held))


def observed(own, a, b):
    """Visits with a whose whole window holds b."""
    return sum(
        a in items and any(b in later for when, later in own if day < when <= day + DAYS)
        for day, items in own
        if day + DAYS <= LAST
    )


def expected(own, a, b):
    """Its mean over every order of the visits' contents."""
    dates, contents = zip(*own, strict=True)
    return np.mean([observed(list(zip(dates, order, strict=True)), a, b) for order in permutations(contents)])


@pytest.fixture(scope="module")
def users():
    random = np.random.default_rng(4)
    return {
        user: [
            (int(day), frozenset(np.flatnonzero(random.random(N_ITEMS) < 0.4).tolist()))
            for day in np.sort(random.choice(LAST, int(random.integers(1, 7)), replace=False))
        ]
        for user in range(12)
    }


@pytest.fixture(params=[2, 256])
def habits(users, monkeypatch, request):
    monkeypatch.setattr(windows, "ITEMS_PER_TILE", request.param)
    return Habits(visits_of(users), DAYS, LAST)


def whole(part):
    """[I, I] from the tiles of a method."""
    tiles = [part(first) for first in range(0, N_ITEMS, windows.ITEMS_PER_TILE)]
    tiles = [tile if isinstance(tile, tuple) else (tile,) for tile in tiles]
    return [np.concatenate([np.reshape(t, (-1, N_ITEMS)) for t in parts]) for parts in zip(*tiles, strict=True)]


def by_loop(users, value):
    return np.array([[[value(own, a, b) for b in range(N_ITEMS)] for a in range(N_ITEMS)] for own in users.values()])


def test_one_user_by_hand():
    """Visits on days 1, 5, 20 and 54: 5 is in the window of 1, and that of 54 ends a day after the period."""
    habits = Habits(visits_of({0: [(1, {0}), (5, {1}), (20, {0, 1}), (54, {2})]}), DAYS, LAST)
    left, right = habits.margins()
    assert left.tolist() == [2, 2, 0, 0, 0, 3]
    assert right.tolist() == [0, 1, 0, 0, 0, 3]
    n, users, top = whole(habits.observed)
    assert (n[0, 1], users[0, 1], top[0, 1], n[1, 0]) == (1, 1, 1, 0)
    # Only day 1 has a window, of one visit: A on day 1 and B on day 5 in 3 of the 12 ways to deal two visits.
    assert n[0, 1] - whole(habits.excess)[0][0, 1] == pytest.approx(3 / 12)


def test_counts_are_those_of_a_loop(users, habits):
    n = by_loop(users, observed)
    found = whole(habits.observed)
    for part, loop in zip(found, (n.sum(axis=0), (n > 0).sum(axis=0), n.max(axis=0)), strict=True):
        assert part.tolist() == loop.tolist()
    assert whole(habits.reverse)[0].tolist() == n.sum(axis=0).T.tolist()


def test_expected_is_the_mean_over_every_order_of_the_visits(users, habits):
    excess = by_loop(users, lambda own, a, b: observed(own, a, b) - expected(own, a, b))
    total, square = whole(habits.excess)
    apart = ~np.eye(N_ITEMS, dtype=bool)
    assert total[apart] == pytest.approx(excess.sum(axis=0)[apart], abs=1e-6)
    assert square[apart] == pytest.approx((excess**2).sum(axis=0)[apart], abs=1e-6)


def test_lead_is_pairs_of_visits_in_one_order_less_those_in_the_other(users, habits):
    def lead(own, a, b):
        near = [(x, y) for d, x in own for e, y in own if d < e <= d + DAYS]
        return sum((a in x and b in y) - (b in x and a in y) for x, y in near)

    found = by_loop(users, lead)
    total, square = whole(habits.lead)
    assert total.tolist() == found.sum(axis=0).tolist()
    assert square.tolist() == (found**2).sum(axis=0).tolist()
    assert np.abs(total).sum() > 0


def test_sums_of_two_blocks_are_those_of_one_to_the_last_bit(users, habits):
    split = [{i: own for i, (u, own) in enumerate(x for x in users.items() if x[0] % 2 == odd)} for odd in (0, 1)]
    parts = [whole(Habits(visits_of(some), DAYS, LAST).excess) for some in split]
    for one, other, both in zip(*parts, whole(habits.excess), strict=True):
        assert (one + other).tolist() == both.tolist()
