"""The k best of a row: equal scores by column, masked entries never, popular items where a row falls short."""

import numpy as np
import pytest
from scipy import sparse

from basketry.recommend.catalogue import Catalogue
from basketry.recommend.topk import popular_rest, top_k

NOTHING = -np.inf


def places(ranked, rows):
    return [ranked.column[ranked.row == row].tolist() for row in range(rows)]


def mask(rows):
    return sparse.csr_array(np.array(rows, dtype=np.float64))


def test_equal_scores_are_listed_by_column_at_the_edge_of_the_list_too():
    scores = np.array([[1.0, 3.0, 3.0, 3.0], [5.0, 5.0, 5.0, 9.0]])
    assert places(top_k(scores, mask(np.zeros((2, 4))), 2), 2) == [[1, 2], [3, 0]]


def test_a_masked_or_unsaid_entry_is_never_listed_even_when_the_row_falls_short():
    scores = np.array([[1.0, NOTHING, 2.0, 3.0]])
    assert places(top_k(scores, mask([[0, 0, 0, 1]]), 3), 1) == [[2, 0]]


def test_k_beyond_the_columns_lists_them_all():
    scores = np.array([[1.0, 2.0], [NOTHING, NOTHING]])
    ranked = top_k(scores, mask(np.zeros((2, 2))), 9)
    assert places(ranked, 2) == [[1, 0], []]
    assert ranked.place.tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_dense_and_sparse_scores_agree_with_a_plain_sort(seed):
    random = np.random.default_rng(seed)
    stored = random.random((7, 30)) < 0.4
    values = random.integers(1, 6, (7, 30)).astype(float)
    hidden = random.random((7, 30)) < 0.2
    expected = [
        sorted(np.flatnonzero(stored[r] & ~hidden[r]), key=lambda c, r=r: (-values[r, c], c))[:5] for r in range(7)
    ]
    dense = np.where(stored, values, NOTHING)
    assert places(top_k(dense, sparse.csr_array(hidden * 1.0), 5), 7) == expected
    assert places(top_k(sparse.csr_array(values * stored), sparse.csr_array(hidden * 1.0), 5), 7) == expected


def test_popular_items_fill_a_short_row_without_listed_or_masked_ones():
    catalogue = Catalogue(np.array(list("abcd"), dtype=object), np.array([0.1, 0.3, 0.3, 0.3]))
    ranked = top_k(np.array([[NOTHING, 7.0, NOTHING, NOTHING], [4.0, 3.0, 2.0, 1.0]]), mask(np.zeros((2, 4))), 3)
    rest = popular_rest(ranked, mask([[0, 0, 1, 0], [0, 0, 0, 0]]), 3, catalogue)
    assert places(rest, 2) == [[3, 0], []]
    assert rest.place.tolist() == [1, 2]
    assert rest.score.tolist() == [0.3, 0.1]


@pytest.mark.parametrize("n_columns", [0, 3, 12, 1999])
def test_a_catalogue_of_any_width_agrees_with_a_plain_sort_and_keeps_its_scores(n_columns):
    random = np.random.default_rng(n_columns)
    scores = np.where(random.random((6, n_columns)) < 0.5, random.integers(0, 40, (6, n_columns)), NOTHING)
    scores[0] = NOTHING
    scores[1, 2:] = NOTHING
    before, hidden = scores.copy(), random.random(scores.shape) < 0.1
    allowed = np.where(hidden, NOTHING, scores)
    expected = [
        sorted(np.flatnonzero(allowed[r] > NOTHING), key=lambda c, r=r: (-allowed[r, c], c))[:3] for r in range(6)
    ]
    assert places(top_k(scores, sparse.csr_array(hidden * 1.0), 3), 6) == expected
    assert np.array_equal(scores, before)
