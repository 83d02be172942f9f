"""Item-item weights against their definitions, and the memory they may take."""

import numpy as np
import pytest

from basketry.errors import SettingsError
from basketry.recommend.affinities import check_memory, cosine, ease


def test_cosine_by_hand():
    # Item 0 in 4 baskets, item 1 in 9, together in 3; item 2 in none.
    counts = np.array([[4.0, 3.0, 0.0], [3.0, 9.0, 0.0], [0.0, 0.0, 0.0]])
    assert cosine(counts).tolist() == [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]


def test_ease_is_the_ridge_regression_of_each_item_on_the_others():
    random = np.random.default_rng(2)
    held = (random.random((60, 6)) < 0.4).astype(float)
    found = ease(held.T @ held, 3.0)
    for target in range(6):
        others = [i for i in range(6) if i != target]
        x = held[:, others]
        expected = np.linalg.solve(x.T @ x + 3.0 * np.eye(5), x.T @ held[:, target])
        assert found[others, target] == pytest.approx(expected)
        assert found[target, target] == 0


def test_matrices_that_would_not_fit_are_refused_with_the_number_that_would():
    check_memory(1000, 31)
    with pytest.raises(SettingsError, match=r"affinity_items = 10000 needs 3,052 MiB.*5,792 items would fit"):
        check_memory(10_000, 1024)
