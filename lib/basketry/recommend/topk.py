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
    """Row, column and score of every finite entry that may be among its row's k best.

    The k best lie in groups of columns whose maxima are among the row's k best maxima: maxima cost one pass over the
    block, where selecting or comparing would cost several, and only those groups are looked into.
    """
    if masked.nnz:
        scores = scores.copy()
        scores[masked.nonzero()] = -np.inf
    n_columns = scores.shape[1]
    n_groups = min(n_columns, max(4 * k, math.isqrt(n_columns)))
    ends = np.arange(n_groups + 1) * n_columns // max(n_groups, 1)
    maxima = np.maximum.reduceat(scores, ends[:-1], axis=1)
    reached = _kth(maxima, k)
    row, group = np.nonzero(maxima >= reached[:, None])
    lengths = np.diff(ends)[group]
    row, column = np.repeat(row, lengths), _ranges(ends[group], lengths)
    score = scores[row, column]
    kept = np.isfinite(score) & (score >= reached[row])
    return row[kept], column[kept], score[kept]


def _kth(maxima: Floats, k: int) -> Floats:
    """[rows]: the k-th largest maximum, which at least k entries of the row reach; the least finite number if fewer."""
    n_groups = maxima.shape[1]
    least = np.finfo(maxima.dtype).min
    if n_groups < k:
        return np.full(len(maxima), least)
    return np.maximum(np.partition(maxima, n_groups - k, axis=1)[:, n_groups - k], least)


def _ranges(starts: Ints, lengths: Ints) -> Ints:
    """start, start + 1, ... of every range, one after the other."""
    skipped = np.cumsum(lengths) - lengths
    return np.asarray(np.arange(lengths.sum()) + np.repeat(starts - skipped, lengths))


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
    found = np.bincount(ranked.row, minlength=masked.shape[0])
    starts = np.concatenate([[0], np.cumsum(found)])
    short = np.flatnonzero(found < k)
    added = [
        _unlisted(
            catalogue,
            np.concatenate(
                [ranked.column[starts[r] : starts[r + 1]], masked.indices[masked.indptr[r] : masked.indptr[r + 1]]]
            ),
            k - found[r],
        )
        for r in short
    ]
    lengths = np.array([len(columns) for columns in added], dtype=np.int64)
    column = np.concatenate([*added, np.empty(0, dtype=np.int64)])
    row = np.repeat(short, lengths)
    return Ranked(row, _ranges(found[short], lengths), column, catalogue.popularity[column])


def _unlisted(catalogue: Catalogue, taken: Ints, wanted: int) -> Ints:
    """The `wanted` most popular positions outside `taken`."""
    candidates = catalogue.most_popular[: wanted + len(taken)]
    return candidates[~np.isin(candidates, taken)][:wanted]
