"""The k best of each row of a block of scores, and popular items where a row has fewer."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Floats, Ints


class Ranked(NamedTuple):
    """One entry a row and place, sorted by both: `row`, `place` from 0, `column`, `score`."""

    row: Ints
    place: Ints
    column: Ints
    score: Floats


def top_k(scores: Floats, k: int) -> Ranked:
    """The k largest finite scores of each row [rows, columns], best first; equal scores by column.

    A row with fewer finite scores gives fewer entries.
    """
    rows, columns = scores.shape
    chosen = np.isfinite(scores) if columns <= k else _at_least_kth(scores, k)
    row, column = np.nonzero(chosen)
    score = scores[row, column]
    order = np.lexsort((column, -score, row))
    row, column, score = row[order], column[order], score[order]
    place = np.arange(len(row)) - np.searchsorted(row, np.arange(rows))[row]
    kept = place < k
    return Ranked(row[kept], place[kept], column[kept], score[kept])


def _at_least_kth(scores: Floats, k: int) -> npt.NDArray[np.bool_]:
    split = scores.shape[1] - k
    kth = np.partition(scores, split, axis=1)[:, split, None]
    return np.asarray((scores >= kth) & (scores > -np.inf))


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
