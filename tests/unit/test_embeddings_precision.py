"""Vectors in 8 bits: how far off, and the edges."""

import numpy as np

from basketry.embeddings.precision import from_int8, to_int8


def test_a_number_is_off_by_half_a_scale_at_most_and_the_largest_not_at_all():
    vectors = np.random.default_rng(2).normal(size=(50, 16)).astype(np.float32)
    numbers, scales = to_int8(vectors)
    back = from_int8(numbers, scales)
    assert (np.abs(back - vectors) <= scales[:, None] / 2 + 1e-6).all()
    largest = np.abs(vectors).argmax(1)
    np.testing.assert_allclose(back[np.arange(50), largest], vectors[np.arange(50), largest], rtol=1e-6)
    assert (np.abs(numbers).max(1) == 127).all()


def test_zeros_stay_zeros():
    numbers, scales = to_int8(np.zeros((2, 3), np.float32))
    assert not from_int8(numbers, scales).any()
