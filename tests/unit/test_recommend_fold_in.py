"""A user's factors are the one solution of the published equation, written out here with whole matrices."""

import numpy as np
import pytest

from basketry.recommend.fold_in import solved
from basketry.recommend.settings import RecommendSettings

SETTINGS = RecommendSettings(rank=3, alpha=2.5, regularization=0.3)
ITEMS = np.random.default_rng(3).normal(size=(7, 3))


def folded(*users):
    places, weights = [np.array(list(user)) for user in users], [np.array(list(user.values())) for user in users]
    return solved(places, weights, ITEMS, ITEMS.T @ ITEMS, SETTINGS)


def by_the_book(user):
    """Hu, Koren and Volinsky 2008, equation 4: C as a diagonal matrix over all items, p as a vector."""
    confidence, preference = np.eye(len(ITEMS)), np.zeros(len(ITEMS))
    for item, weight in user.items():
        confidence[item, item], preference[item] = 1 + SETTINGS.alpha * weight, 1
    left = ITEMS.T @ ITEMS + ITEMS.T @ (confidence - np.eye(len(ITEMS))) @ ITEMS
    left += SETTINGS.regularization * len(user) * np.eye(3)
    return np.linalg.inv(left) @ ITEMS.T @ confidence @ preference


@pytest.mark.parametrize("user", [{0: 1.0, 2: 0.25, 6: 4.0}, {4: 0.7}, dict.fromkeys(range(7), 0.1)])
def test_a_user_solves_the_published_equation(user):
    assert folded(user)[0] == pytest.approx(by_the_book(user), rel=1e-6)


def test_one_item_in_one_dimension_by_hand():
    # y = 2, weight 3, alpha 2: C = 7. (4 + 6 * 4 + .5) x = 7 * 2, so x = 14 / 28.5.
    settings = RecommendSettings(rank=1, alpha=2.0, regularization=0.5)
    found = solved([np.array([0])], [np.array([3.0])], np.array([[2.0]]), np.array([[4.0]]), settings)
    assert found == pytest.approx(np.array([[14 / 28.5]]), rel=1e-6)


def test_a_user_does_not_depend_on_who_else_is_in_the_block():
    users = [{0: 1.0, 2: 0.25, 6: 4.0}, {4: 0.7}, {1: 2.0, 3: 0.1}]
    assert np.array_equal(folded(*users), np.vstack([folded(user) for user in users]))
