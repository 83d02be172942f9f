"""Patterns in a user's visits, and how many random orders of them have each, against loops over every order."""

from itertools import permutations

import numpy as np
import pytest

from basketry.mining import patterns
from basketry.mining.patterns import by_length, has, hits_of, next_visits

VISITS = [{0}, {1, 2}, {0, 3}, {2}]
PATTERNS = [(0, 1, 2), (1, 0, 2), (3, 1, 0), (0, 3, 2), (1, 2, 3, 0), (0, 1, 3, 2), (0, 1, 4)]


def held(visits):
    return np.array([[item in items for item in range(5)] for items in visits])


def has_by_loop(visits, steps):
    """Whether the steps are found one after the other in later and later visits."""
    rest = list(steps)
    for items in visits:
        if rest and rest[0] in items:
            rest.pop(0)
    return not rest


@pytest.mark.parametrize("order", list(permutations(VISITS)))
def test_a_pattern_needs_a_later_visit_for_each_step(order):
    after = next_visits(held(order))
    for group in by_length(PATTERNS):
        found = dict(zip(group.ids.tolist(), has(after, group.steps).tolist(), strict=True))
        assert found == {i: has_by_loop(order, PATTERNS[i]) for i in found}


def test_random_orders_are_drawn_alike(monkeypatch):
    monkeypatch.setattr(patterns, "DRAWS", 4000)
    share = hits_of(held(VISITS), by_length(PATTERNS)) / 4000
    every = [[has_by_loop(order, steps) for steps in PATTERNS] for order in permutations(VISITS)]
    assert share == pytest.approx(np.mean(every, axis=0), abs=0.03)
    assert share[-1] == 0


def test_the_same_visits_give_the_same_draws():
    one, again = (hits_of(held(VISITS), by_length(PATTERNS)).tolist() for _ in range(2))
    assert one == again
