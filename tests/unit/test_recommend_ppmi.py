"""Vectors by counting: beside dense algebra done by hand, the same each time, and of nothing no error."""

import numpy as np
import pytest
from scipy import sparse

from basketry.recommend.ppmi import ppmi_vectors


def baskets(n=300, items=14):
    """Baskets of items of a group, odd or even, and any others: [baskets, items]."""
    rng = np.random.default_rng(2)
    group = np.arange(items) % 2 == rng.integers(2, size=(n, 1))
    return (rng.random((n, items)) < np.where(group, 0.4, 0.1) * np.linspace(0.3, 1, items)).astype(float)


def met(holds):
    together = holds.T @ holds
    np.fill_diagonal(together, 0)
    return together


def by_hand(holds):
    together = met(holds)
    each = together.sum(1)
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(together * together.sum() / np.outer(each, each)), 0)


@pytest.mark.parametrize("dim", [1, 3, 6])
def test_products_are_the_best_ones_of_that_rank(dim):
    holds = baskets()
    left, size, right = np.linalg.svd(by_hand(holds))
    best = (left[:, :dim] * size[:dim]) @ right[:dim]
    into, out = ppmi_vectors(sparse.csr_array(met(holds)), dim)
    assert into.shape == out.shape == (14, dim)
    np.testing.assert_allclose(into @ out.T, best, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(into, axis=0), np.linalg.norm(out, axis=0))


def test_the_same_each_time_and_few_items_have_shorter_vectors():
    together = sparse.csr_array(met(baskets()))
    one, other = ppmi_vectors(together, 4), ppmi_vectors(together, 4)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert ppmi_vectors(together, 99)[0].shape == (14, 13)


def test_items_that_never_met_beyond_chance_have_vectors_of_nothing():
    assert not ppmi_vectors(sparse.csr_array(met(np.eye(3))), 2)[0].any()
    # Two items that always meet only each other tell nothing that a third could be told from.
    alone = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], float)
    into, out = ppmi_vectors(sparse.csr_array(met(alone)), 2)
    assert np.isfinite(into).all() and not (into @ out.T)[2].any()
