"""How much the present settings find where there is nothing to find: the same receipts, shuffled."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp
from pyspark.sql import DataFrame

from basketry.errors import GateError
from basketry.mining.coding import Array, Batches, flat
from basketry.mining.curveball import shuffle
from basketry.mining.nulls import Margins, benjamini_hochberg, margin_vectors, strata_vectors, upper_tail
from basketry.mining.settings import MiningSettings
from basketry.mining.strata import strata_of
from basketry.mining.thresholds import smallest_count, written

ITEMS_PER_BLOCK = 512
DRAW_SCHEMA = "draw bigint, usual bigint, significant bigint, kept double, is_mixed boolean"


class Tally(NamedTuple):
    """Rules of the usual list (support, confidence, lift > 1; one item on each side) and pairs called significant."""

    usual: int
    significant: int


class Draw(NamedTuple):
    """What one shuffle gave, and the share of lines it left where they were."""

    usual: int
    significant: int
    kept: float


class Audit(NamedTuple):
    """The same two lists of the real receipts and of each shuffle of them."""

    real: Tally
    shuffled: list[Draw]


def audit_null(baskets: DataFrame, settings: MiningSettings, draws: int, seed: int) -> Audit:
    """Real against noise for baskets at a level; each draw is one task. Raises GateError when a shuffle is not mixed.

    Memory of the driver and of each task: the lines of the level, some 100 bytes each.
    """
    rows, items = _lines(baskets)
    found = baskets.sparkSession.range(draws, numPartitions=draws).mapInArrow(
        _drawing(rows, items, settings, seed), DRAW_SCHEMA
    )
    drawn = found.orderBy("draw").collect()
    unmixed = [row["kept"] for row in drawn if not row["is_mixed"]]
    if unmixed:
        raise GateError(
            f"audit-null: {len(unmixed)} of {draws} shuffles still lost lines after the last trade "
            f"({max(unmixed):.1%} kept): their noise would hold real structure, so nothing is reported"
        )
    shuffled = [Draw(row["usual"], row["significant"], row["kept"]) for row in drawn]
    return Audit(tally(rows, items, settings), shuffled)


def tally(rows: Array, items: Array, settings: MiningSettings) -> Tally:
    """Both lists of baskets given as lines: `rows` ascend from 0, `items` are codes from 0."""
    shape = int(rows.max(initial=-1)) + 1, int(items.max(initial=-1)) + 1
    held = sp.csr_matrix((np.ones(len(rows), np.int64), (rows, items)), shape=shape)
    return Tally(_usual(held, settings), significant(held, settings))


def _usual(held: sp.csr_matrix, settings: MiningSettings) -> int:
    n_baskets, n = held.shape[0], held.getnnz(axis=0).astype(np.int64)
    min_count = smallest_count(settings, n_baskets)
    frequent = np.flatnonzero(n >= min_count)
    both = _together(held[:, frequent])
    one, other, freq = both.row, both.col, both.data
    left, right = n[frequent][one], n[frequent][other]
    wanted = written(settings.min_confidence)
    is_kept = (freq >= min_count) & (freq * n_baskets > left * right)
    confident = [(freq * wanted.denominator >= side * wanted.numerator) & is_kept for side in (left, right)]
    return int(confident[0].sum() + confident[1].sum())


def significant(held: sp.csr_matrix, settings: MiningSettings, stratum: Callable[[Array], Array] = strata_of) -> int:
    """Pairs together more often than the null of the settings explains, at `max_q` over the whole search space.

    `held` [baskets, items] has a 1 for each line; `stratum` gives the stratum of each basket size.
    """
    chosen = np.flatnonzero(held.getnnz(axis=0) >= settings.pair_min_count)
    vectors = _vectors(held, stratum, settings)[:, chosen]
    both = _together(held[:, chosen])
    p = np.concatenate([upper_tail(count, mean) for count, mean in _expected(both, vectors)] or [np.empty(0)])
    n_tests = len(chosen) * (len(chosen) - 1) // 2
    return int((benjamini_hochberg(p, n_tests).of(p) <= settings.max_q).sum())


def _vectors(held: sp.csr_matrix, stratum: Callable[[Array], Array], settings: MiningSettings) -> Array:
    sizes = held.getnnz(axis=1)
    strata, at, baskets = np.unique(stratum(sizes), return_inverse=True, return_counts=True)
    member = sp.csr_matrix((np.ones(len(at)), (at, np.arange(len(at)))), shape=(len(strata), len(at)))
    margins = Margins(baskets, np.bincount(at, sizes), (member @ held).toarray())
    return strata_vectors(margins) if settings.null == "strata" else margin_vectors(margins)


def _together(held: sp.csr_matrix) -> sp.coo_matrix:
    """Baskets of each pair of columns seen together, left before right, by row."""
    return sp.triu(held.T @ held, k=1, format="csr").tocoo()


def _expected(both: sp.coo_matrix, vectors: Array) -> Iterator[tuple[Array, Array]]:
    """Counts and their expectation, a block of items at a time so that the dense part stays small."""
    for first in range(0, vectors.shape[1], ITEMS_PER_BLOCK):
        start, end = np.searchsorted(both.row, (first, first + ITEMS_PER_BLOCK))
        dense = vectors[:, first : first + ITEMS_PER_BLOCK].T @ vectors
        yield both.data[start:end], dense[both.row[start:end] - first, both.col[start:end]]


def _lines(baskets: DataFrame) -> tuple[Array, Array]:
    """Every line as (basket, item) numbers, in an order that no partitioning changes."""
    gathered = baskets.select("basket_id", "items").orderBy("basket_id").toArrow()["items"].combine_chunks()
    names = pc.unique(gathered.flatten()).sort()
    rows, _ = flat(gathered)
    return rows.astype(np.int64), pc.index_in(gathered.flatten(), value_set=names).to_numpy().astype(np.int64)


def _drawing(
    rows: Array, items: Array, settings: MiningSettings, seed: int
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    def draw(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                mixed = shuffle(rows, items, np.random.default_rng([seed, number]))
                found = tally(rows, mixed.items, settings)
                values = [[number], [found.usual], [found.significant], [mixed.kept], [mixed.is_mixed]]
                names = ["draw", "usual", "significant", "kept", "is_mixed"]
                yield pa.RecordBatch.from_arrays([pa.array(value) for value in values], names)

    return draw
