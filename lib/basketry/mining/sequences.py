"""What is bought in the days after something else, against the same visits in any other order.

Windows overlap and a user's visits are alike, so visits are no independent draws; users are. Each test is a sum over
users of something whose mean is 0 where the order of visits means nothing, over the root of the sum of its squares
(a self-normalized sum, de la Peña, Lai & Shao 2009). It never exceeds the root of the number of users that speak for
it: a sequence of few users cannot be significant.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.special import ndtr

from basketry.mining.coding import Array, Batches, frequent_items
from basketry.mining.nulls import benjamini_hochberg
from basketry.mining.settings import MiningSettings
from basketry.mining.visits import blocks, in_order
from basketry.mining.windows import ITEMS_PER_TILE, Habits

MARGIN_SCHEMA = "item int, n_left bigint, n_right bigint"
SEEN_SCHEMA = "first int, cell array<int>, n array<int>, n_users array<int>, n_top_user array<int>"
FOUND_SCHEMA = "a int, b int, n bigint, n_users bigint, n_top_user bigint"
SEEN_NAMES = ["first", "cell", "n", "n_users", "n_top_user"]
SUMS = ("excess", "excess_square", "lead", "lead_square", "reverse")
SUM_SCHEMA = "id int, " + ", ".join(f"{name} double" for name in SUMS)
SCHEMA = (
    "steps array<string>, days int, n bigint, n_a bigint, n_b bigint, freq bigint, confidence double, lift double, "
    "expected double, adjusted_lift double, p double, q double, is_significant boolean, freq_reverse bigint, "
    "lead bigint, p_order double, q_order double, is_ordered boolean, n_users bigint, top_user_share double"
)
# Below this a sum of squares is what rounding left of 0.
LEAST = 1e-6
Look = Callable[[Habits], Iterator[pa.RecordBatch]]


class Scope(NamedTuple):
    """Visits in order, the items sought in them, and the period's last day (since 1970)."""

    visits: DataFrame
    labels: list[str]
    days: int
    last_day: int


def find_sequences(visits: DataFrame, settings: MiningSettings) -> DataFrame:
    """gold.sequences of the visits at a level: A, then B within `sequence_days`; key steps.

    Listed are sequences of `sequence_min_users` users or more. On the driver: 120 bytes each.
    """
    scope = _scope(visits, settings)
    if scope is None:
        return visits.sparkSession.createDataFrame([], SCHEMA)
    found = _found(scope, settings.sequence_min_users)
    measured = _measured(found, _margins(scope), _sums(scope, found), settings)
    named = _named(measured, found, scope)
    scope.visits.unpersist()
    return visits.sparkSession.createDataFrame(named, SCHEMA)


def _scope(visits: DataFrame, settings: MiningSettings) -> Scope | None:
    """None when no sequences are sought or nothing is there to find them in."""
    last_day = visits.agg(F.max(F.unix_date("sold_on"))).collect()[0][0]
    labels = sorted(frequent_items(visits, settings.sequence_min_count)) if settings.sequence_days else []
    if not labels:
        return None
    return Scope(in_order(visits, labels).persist(), labels, settings.sequence_days, last_day)


def _looking(scope: Scope, look: Look, some: Array | None = None) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """`look` at the habits of every block, of all items or of the positions in `some` alone."""
    n_items, days, last_day = len(scope.labels), scope.days, scope.last_day

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        for visits in blocks(batches, n_items):
            held = visits.held if some is None else visits.held[:, some]
            yield from look(Habits(visits._replace(held=held), days, last_day))

    return run


def _margins(scope: Scope) -> Array:
    """[2, I + 1]: visits with the item and visits followed by it; in the last column all visits."""

    def look(habits: Habits) -> Iterator[pa.RecordBatch]:
        left, right = habits.margins()
        item = np.arange(len(left), dtype=np.int32)
        yield pa.RecordBatch.from_arrays([*map(pa.array, (item, left, right))], ["item", "n_left", "n_right"])

    counted = scope.visits.mapInArrow(_looking(scope, look), MARGIN_SCHEMA).groupBy("item")
    rows = counted.agg(F.sum("n_left"), F.sum("n_right")).orderBy("item").toArrow()
    return np.stack([rows.column(j).to_numpy() for j in (1, 2)])


def _found(scope: Scope, min_users: int) -> pa.Table:
    """Sequences (a, b as positions, n, n_users, n_top_user) of at least `min_users` users, sorted."""
    n_items = len(scope.labels)

    def look(habits: Habits) -> Iterator[pa.RecordBatch]:
        for first in range(0, n_items, ITEMS_PER_TILE):
            seen = habits.observed(first)
            cell = np.flatnonzero(seen[0])
            lists = [pa.array([values.astype(np.int32)]) for values in (cell, *(part[cell] for part in seen))]
            yield pa.RecordBatch.from_arrays([pa.array([first], pa.int32()), *lists], SEEN_NAMES)

    def add(tile: pa.Table) -> pa.Table:
        cell, n, n_users, n_top = (pc.list_flatten(tile[name]).to_numpy() for name in SEEN_NAMES[1:])
        size = int(cell.max(initial=-1)) + 1
        users = np.bincount(cell, n_users, minlength=size).astype(np.int64)
        top = np.zeros(size, np.int64)
        np.maximum.at(top, cell, n_top)
        kept = np.flatnonzero(users >= min_users)
        a, b = kept // n_items + tile["first"][0].as_py(), kept % n_items
        freq = np.bincount(cell, n, minlength=size).astype(np.int64)
        apart = a != b
        columns = [part[apart] for part in (a.astype(np.int32), b.astype(np.int32), freq[kept], users[kept], top[kept])]
        return pa.table(columns, ["a", "b", "n", "n_users", "n_top_user"])

    tiles = scope.visits.mapInArrow(_looking(scope, look), SEEN_SCHEMA).groupBy("first")
    return tiles.applyInArrow(add, FOUND_SCHEMA).orderBy("a", "b").toArrow()


def _sums(scope: Scope, found: pa.Table) -> dict[str, Array]:
    """SUMS over users for each of the sequences found, in their order."""
    sought, (a, b) = _compact(found)

    def look(habits: Habits) -> Iterator[pa.RecordBatch]:
        for first in range(0, habits.n_items, ITEMS_PER_TILE):
            start, end = np.searchsorted(a, (first, first + ITEMS_PER_TILE))
            if start == end:
                continue
            cell = a[start:end] - first, b[start:end]
            parts = (*habits.excess(first), *habits.lead(first), habits.reverse(first))
            columns = [np.arange(start, end, dtype=np.int32), *(part[cell] for part in parts)]
            yield pa.RecordBatch.from_arrays([*map(pa.array, columns)], ["id", *SUMS])

    summed = scope.visits.mapInArrow(_looking(scope, look, sought), SUM_SCHEMA).groupBy("id")
    rows = summed.agg(*[F.sum(name).alias(name) for name in SUMS]).orderBy("id").toArrow()
    return {name: rows[name].to_numpy() for name in SUMS}


def _compact(found: pa.Table) -> tuple[Array, Array]:
    """The items of the sequences found, and both steps [2, R] as positions among these."""
    steps = np.stack([found["a"].to_numpy(), found["b"].to_numpy()])
    items, at = np.unique(steps, return_inverse=True)
    return items, at.reshape(steps.shape)


def _measured(found: pa.Table, margins: Array, sums: dict[str, Array], settings: MiningSettings) -> dict[str, Array]:
    """The columns of gold.sequences after `steps` and `days`, as arrays; undefined is NaN."""
    a, b, freq, n_users, n_top = (found[name].to_numpy() for name in found.column_names)
    n_a, n_b, n = margins[0, a], margins[1, b], margins[0, -1]
    n_items = margins.shape[1] - 1
    mean = np.maximum(freq - sums["excess"], 0)
    p, p_order = (upper_tail_of_sum(sums[name], sums[f"{name}_square"]) for name in ("excess", "lead"))
    q, q_order = (benjamini_hochberg(tail, n_items * (n_items - 1)).of(tail) for tail in (p, p_order))
    return {
        "n": np.full(len(freq), n),
        "n_a": n_a,
        "n_b": n_b,
        "freq": freq,
        "confidence": freq / n_a,
        "lift": freq / n_a * n / n_b,
        "expected": mean,
        "adjusted_lift": np.divide(freq, mean, out=np.full(len(freq), np.nan), where=mean > 0),
        "p": p,
        "q": q,
        "is_significant": q <= settings.max_q,
        "freq_reverse": sums["reverse"].astype(np.int64),
        "lead": sums["lead"].astype(np.int64),
        "p_order": p_order,
        "q_order": q_order,
        "is_ordered": q_order <= settings.max_q,
        "n_users": n_users,
        "top_user_share": n_top / freq,
    }


def upper_tail_of_sum(total: Array, square: Array) -> Array:
    """Normal probability of total / sqrt(square) or more; 1 where no user says anything."""
    score = np.divide(total, np.sqrt(np.maximum(square, 0)), out=np.full(len(total), -np.inf), where=square > LEAST)
    return np.asarray(ndtr(-score))


def _named(columns: dict[str, Array], found: pa.Table, scope: Scope) -> pa.Table:
    labels = pa.array(scope.labels, pa.string())
    steps = np.stack([found["a"].to_numpy(), found["b"].to_numpy()], axis=1)
    flat = labels.take(pa.array(steps.ravel()))
    lists = pa.ListArray.from_arrays(pa.array(np.arange(len(steps) + 1) * 2, pa.int32()), flat)
    days = pa.array(np.full(len(steps), scope.days, np.int32))
    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
    return pa.table([lists, days, *arrays], ["steps", "days", *columns])
