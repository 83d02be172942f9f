"""What two items' vectors say of them, by hand."""

import numpy as np

from basketry.embeddings.answers import Vectors, association

VECTORS = Vectors(
    np.array([[1.0, 0], [0, 1], [1, 1], [9, 9]]),
    np.array([[5.0, 5], [2, 0], [3, 0], [1, 7]]),
    np.array([9.0, 4, 2, 0]),
)


def test_an_item_is_placed_among_all_others_with_its_popularity_and_without():
    # For a cart of item 0: scores 6, 5 and 1 of items 1, 2 and 3, of which 4, 2 and 0 are bias.
    found = association(VECTORS, 0, 2)
    assert (found.score, found.place, found.pull, found.place_by_pull, found.n) == (5, 2, 3, 1, 3)


def test_the_item_in_the_cart_is_none_of_those_and_the_way_round_counts():
    assert association(VECTORS, 0, 1).place == 1
    assert association(VECTORS, 1, 0).place == 1
    assert association(VECTORS, 1, 0).score == 14


def test_equals_share_the_better_place():
    same = Vectors(np.ones((3, 1)), np.ones((3, 1)), np.zeros(3))
    assert [association(same, 0, b).place for b in (1, 2)] == [1, 1]
