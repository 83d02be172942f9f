"""The k best of each row of a block of scores, and popular items where a row has fewer."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Ints, Scores


class Ranked(NamedTuple):
    """One entry a row and place, sorted by both: `row`, `place` from 0, `column`, `score`."""

    row: Ints
    place: Ints
    column: Ints
    score: Floats


def top_k(scores: Scores, masked: sparse.csr_array, k: int) -> Ranked:
    """The k largest finite scores of each row [rows, columns] outside `masked`, best first; equal scores by column.

    A row with fewer gives fewer entries.
    """
    row, column, score = (_stored if sparse.issparse(scores) else _dense)(scores, masked, k)
    order = np.lexsort((column, -score, row))
    row, column, score = row[order], column[order], score[order]
    place = np.arange(len(row)) - np.searchsorted(row, np.arange(scores.shape[0]))[row]
    kept = place < k
    return Ranked(row[kept], place[kept], column[kept], score[kept])


def _dense(scores: Floats, masked: sparse.csr_array, k: int) -> tuple[Ints, Ints, Floats]:
    """Row, column and score of every finite entry that may be among its row's k best."""
    scores = scores.copy()
    scores[masked.nonzero()] = -np.inf
    row, column = np.nonzero(np.isfinite(scores) & (scores >= _reached_by(scores, k)))
    return row, column, scores[row, column]


def _reached_by(scores: Floats, k: int) -> Floats:
    """[rows, 1]: what at least k entries of a row reach: the k-th best of the maxima of groups of columns.

    Maxima cost a fraction of selecting from the whole row, and few entries more than the k best reach it.
    """
    n_columns = scores.shape[1]
    if n_columns <= k:
        return np.full((len(scores), 1), -np.inf)
    n_groups = min(n_columns, max(4 * k, math.isqrt(n_columns)))
    maxima = np.maximum.reduceat(scores, np.arange(n_groups) * n_columns // n_groups, axis=1)
    return np.partition(maxima, n_groups - k, axis=1)[:, n_groups - k, None]


def _stored(scores: sparse.csr_array, masked: sparse.csr_array, k: int) -> tuple[Ints, Ints, Floats]:
    """Row, column and score of the stored entries outside `masked` that may be among their row's k best."""
    wanted = k + np.diff(masked.indptr)  # Even when each masked entry is among the best, k others are.
    ends = zip(scores.indptr[:-1], scores.indptr[1:], wanted, strict=True)
    best = np.concatenate([largest(scores.data[start:end], n) for start, end, n in ends])
    found, hidden = scores.tocoo(), masked.tocoo()
    row, column, score = found.row[best], found.col[best], found.data[best]
    width = scores.shape[1]
    free = ~np.isin(row.astype(np.int64) * width + column, hidden.row.astype(np.int64) * width + hidden.col)
    return row[free], column[free], score[free]


def largest(values: Floats, n: int) -> npt.NDArray[np.bool_]:
    """Which values are as good as the n-th."""
    if len(values) <= n:
        return np.ones(len(values), dtype=np.bool_)
    return np.asarray(values >= np.partition(values, len(values) - n)[len(values) - n])


def popular_rest(ranked: Ranked, masked: sparse.csr_array, k: int, catalogue: Catalogue) -> Ranked:
    """What the most popular items add to rows that `ranked` leaves short of k: neither listed nor masked ones."""
    rows = masked.shape[0]
    found = np.bincount(ranked.row, minlength=rows)
    starts = np.concatenate([[0], np.cumsum(found)])
    added = [
        _unlisted(
            catalogue,
            np.concatenate(
                [ranked.column[starts[r] : starts[r + 1]], masked.indices[masked.indptr[r] : masked.indptr[r + 1]]]
            ),
            k - found[r],
        )
        for r in range(rows)
    ]
    lengths = np.array([len(columns) for columns in added], dtype=np.int64)
    column = np.concatenate([*added, np.empty(0, dtype=np.int64)])
    row = np.repeat(np.arange(rows), lengths)
    place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + found[row]
    return Ranked(row, place, column, catalogue.popularity[column])


def _unlisted(catalogue: Catalogue, taken: Ints, wanted: int) -> Ints:
    """The `wanted` most popular positions outside `taken`."""
    candidates = catalogue.most_popular[: wanted + len(taken)] if wanted > 0 else catalogue.most_popular[:0]
    return candidates[~np.isin(candidates, taken)][: max(wanted, 0)]
