"""Vectors in fewer bits: half precision, and 8-bit integers with one scale a row."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# The largest number of half precision.
MOST = 65_504


def to_half(vectors: NDArray[np.float32]) -> NDArray[np.float16]:
    """[n, dim] little-endian, each number the nearest there is; one beyond MOST becomes that, not infinite."""
    return np.clip(vectors, -MOST, MOST).astype("<f2")


def from_half(rows: Sequence[bytes]) -> NDArray[np.float32]:
    """[n, dim] of what gold.item_embeddings_half holds."""
    return np.stack([np.frombuffer(row, "<f2") for row in rows]).astype(np.float32)


def to_int8(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(numbers [n, dim], scales [n]): a row is its numbers times its scale, off by half a scale at most."""
    scales = (np.abs(vectors).max(axis=1) / 127).astype(np.float32)
    numbers = np.rint(vectors / np.where(scales > 0, scales, 1)[:, None])
    return np.clip(numbers, -127, 127).astype(np.int8), scales


def from_int8(numbers: NDArray[np.int8], scales: NDArray[np.float32]) -> NDArray[np.float32]:
    """[n, dim]."""
    return numbers.astype(np.float32) * scales[:, None]
