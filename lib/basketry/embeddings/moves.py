"""How far a training moved the items it started from, and what keeps them near. Numpy only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.settings import EmbeddingSettings

Floats = NDArray[np.float32]


def held(rows: Floats, before: Floats, settings: EmbeddingSettings) -> tuple[Floats, list[dict[str, Any]]]:
    """`rows` [known items, 2 dim + 1], near `before` as the settings ask, and how far they had moved: rows of
    gold.vector_moves, none when no item is known.

    Frozen ones are `before` bit by bit. With max_drift a vector that moved further is turned back to just that cosine
    distance, towards where it was, its length left as it is.
    """
    found, told, dim = rows.copy(), [], rows.shape[1] // 2
    if settings.freeze == "known":
        found = before.copy()
    for vector, at in (("in", slice(0, dim)), ("out", slice(dim, 2 * dim))):
        moved = cosine_distance(before[:, at], found[:, at])
        far = np.zeros(len(rows), np.bool_) if settings.max_drift is None else moved > settings.max_drift
        found[far, at] = turned_back(before[far, at], found[far, at], settings.max_drift or 0.0)
        if len(rows):
            told.append({"vector": vector, **_quantiles(moved), "n_known": len(rows), "n_pulled_back": int(far.sum())})
    return found, told


def cosine_distance(one: Floats, other: Floats) -> NDArray[np.float64]:
    """[n] 1 - cosine, 0 to 2; 0 where either vector is nothing, which has no direction to lose."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(1) / np.where(lengths > 0, lengths, 1)
    return np.where(lengths > 0, np.clip(1 - cosine, 0, 2), 0.0)


def turned_back(before: Floats, after: Floats, distance: float) -> Floats:
    """`after` [n, dim] turned towards `before` in the plane of both, to that cosine distance; of opposite ones, which
    lie in no plane, all the way.
    """
    start, end = before.astype(np.float64), after.astype(np.float64)
    length = np.linalg.norm(end, axis=1, keepdims=True)
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    across = end - (end * start).sum(1, keepdims=True) * start
    width = np.linalg.norm(across, axis=1, keepdims=True)
    is_plane = width > 1e-12 * length
    across /= np.where(is_plane, width, 1)
    cosine = 1 - distance
    turned = np.where(is_plane, cosine * start + np.sqrt(1 - cosine**2) * across, start)
    return np.asarray(length * turned, np.float32)


def _quantiles(moved: NDArray[np.float64]) -> dict[str, float]:
    median, p99, largest = (float(np.quantile(moved, share)) for share in (0.5, 0.99, 1))
    return {"median": median, "p99": p99, "largest": largest}
