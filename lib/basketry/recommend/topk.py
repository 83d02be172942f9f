"""The k best of each row of a block of scores, and popular items where a row has fewer."""

from typing import NamedTuple

import numpy as np
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
    row, column, score = _stored(scores, masked) if sparse.issparse(scores) else _at_least_kth(scores, masked, k)
    order = np.lexsort((column, -score, row))
    row, column, score = row[order], column[order], score[order]
    place = np.arange(len(row)) - np.searchsorted(row, np.arange(scores.shape[0]))[row]
    kept = place < k
    return Ranked(row[kept], place[kept], column[kept], score[kept])


def _at_least_kth(scores: Floats, masked: sparse.csr_array, k: int) -> tuple[Ints, Ints, Floats]:
    """Row, column and score of every entry as good as its row's k-th: k of them, more where scores are equal."""
    scores[masked.nonzero()] = -np.inf
    chosen = np.isfinite(scores)
    if scores.shape[1] > k:
        split = scores.shape[1] - k
        chosen &= scores >= np.partition(scores, split, axis=1)[:, split, None]
    row, column = np.nonzero(chosen)
    return row, column, scores[row, column]


def _stored(scores: sparse.csr_array, masked: sparse.csr_array) -> tuple[Ints, Ints, Floats]:
    found, hidden = scores.tocoo(), masked.tocoo()
    width = scores.shape[1]
    free = ~np.isin(found.row.astype(np.int64) * width + found.col, hidden.row.astype(np.int64) * width + hidden.col)
    return found.row[free], found.col[free], found.data[free]


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
