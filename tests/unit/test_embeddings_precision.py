"""Vectors in half precision and in 8 bits: how far off, and the edges."""

import numpy as np

from basketry.embeddings.precision import from_half, from_int8, to_half, to_int8


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


def test_a_half_number_is_off_by_1_in_2048_of_itself_at_most_and_is_little_endian():
    vectors = np.random.default_rng(2).normal(size=(50, 16)).astype(np.float32)
    back = from_half([row.tobytes() for row in to_half(vectors)])
    assert 0 < (np.abs(back - vectors) / np.abs(vectors)).max() <= 1 / 2048
    assert to_half(np.array([[1.0, -2.0]], np.float32)).tobytes() == b"\x00\x3c\x00\xc0"


def test_a_number_too_large_for_half_precision_is_the_largest_and_a_tiny_one_near():
    back = from_half([row.tobytes() for row in to_half(np.array([[1e9, -1e9, 65_504, 1e-7]], np.float32))])
    assert back[0, :3].tolist() == [65_504, -65_504, 65_504]
    assert abs(back[0, 3] - 1e-7) <= 3e-8
