"""Ranking metrics of one case each; a list that ends early has no hits at its missing places, no list scores 0."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Judged(NamedTuple):
    """hits [cases, places]: whether the item at the place is relevant; n_relevant [cases], each above 0."""

    hits: npt.NDArray[np.bool_]
    n_relevant: npt.NDArray[np.integer]


Metric = Callable[[Judged, int], Floats]


def recall(judged: Judged, k: int) -> Floats:
    """Hits in the first k / relevant items."""
    return np.asarray(judged.hits[:, :k].sum(axis=1) / judged.n_relevant)


def hit_rate(judged: Judged, k: int) -> Floats:
    """1 when any of the first k is relevant, else 0."""
    return np.asarray(judged.hits[:, :k].sum(axis=1) > 0, dtype=np.float64)


def ndcg(judged: Judged, k: int) -> Floats:
    """Sum over hits at place p <= k of 1 / log2(p + 1), over that of the best list (Jarvelin and Kekalainen 2002)."""
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(judged.n_relevant, k) - 1]
    shown = judged.hits[:, :k]
    return np.asarray(shown @ gains[: shown.shape[1]] / best)


METRICS: Mapping[str, Metric] = {"recall": recall, "ndcg": ndcg, "hit_rate": hit_rate}
