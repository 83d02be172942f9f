"""Ranking metrics of one case each; a list that ends early has no hits at its missing places, no list scores 0."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Judged(NamedTuple):
    """hits [cases, places]: whether the item at the place is relevant; n_relevant [cases].

    A case without a relevant item has no value, NaN: nothing could have been found.
    """

    hits: npt.NDArray[np.bool_]
    n_relevant: npt.NDArray[np.integer]


Metric = Callable[[Judged, int], Floats]


def precision(judged: Judged, k: int) -> Floats:
    """Hits in the first k / k, however short the list."""
    return _of_cases(judged, _hits(judged, k) / k)


def recall(judged: Judged, k: int) -> Floats:
    """Hits in the first k / relevant items."""
    return _of_cases(judged, _hits(judged, k) / _at_least_one(judged))


def f1(judged: Judged, k: int) -> Floats:
    """Harmonic mean of precision and recall: 2 * hits / (k + relevant items); 0 without a hit."""
    return _of_cases(judged, 2 * _hits(judged, k) / (k + judged.n_relevant))


def hit_rate(judged: Judged, k: int) -> Floats:
    """1 when any of the first k is relevant, else 0."""
    return _of_cases(judged, _hits(judged, k) > 0)


def ndcg(judged: Judged, k: int) -> Floats:
    """Sum over hits at place p <= k of 1 / log2(p + 1), over that of the best list (Jarvelin and Kekalainen 2002)."""
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(gains)[np.minimum(_at_least_one(judged), k) - 1]
    shown = judged.hits[:, :k]
    return _of_cases(judged, shown @ gains[: shown.shape[1]] / best)


def average_precision(judged: Judged, k: int) -> Floats:
    """Sum over hits at place p <= k of the precision of the first p, over the hits of the best list: min(relevant, k).

    Its mean over cases is MAP@k, as MLlib's RankingMetrics has it.
    """
    shown = judged.hits[:, :k]
    each = np.cumsum(shown, axis=1) / np.arange(1, shown.shape[1] + 1)
    return _of_cases(judged, (shown * each).sum(axis=1) / np.minimum(_at_least_one(judged), k))


def reciprocal_rank(judged: Judged, k: int) -> Floats:
    """1 / place of the first hit among the first k; 0 without one. Its mean over cases is MRR@k (Voorhees 1999)."""
    shown = judged.hits[:, :k]
    return _of_cases(judged, shown.any(axis=1) / (shown.argmax(axis=1) + 1))


def _hits(judged: Judged, k: int) -> npt.NDArray[np.integer]:
    return np.asarray(judged.hits[:, :k].sum(axis=1))


def _at_least_one(judged: Judged) -> npt.NDArray[np.integer]:
    return np.asarray(np.maximum(judged.n_relevant, 1))


def _of_cases(judged: Judged, values: npt.ArrayLike) -> Floats:
    return np.where(judged.n_relevant > 0, values, np.nan)


METRICS: Mapping[str, Metric] = {
    "recall": recall,
    "ndcg": ndcg,
    "hit_rate": hit_rate,
    "precision": precision,
    "f1": f1,
    "map": average_precision,
    "mrr": reciprocal_rank,
}
# What slices are judged by: enough to see who is served worse.
OF_SLICES = ("recall", "ndcg", "hit_rate")
