"""Published vectors as what a training starts from, taken over by item_id: no order of the items counts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from scipy import sparse
from scipy.sparse.linalg import lsmr

from basketry.embeddings.features import NONE, Features, Ints, composed
from basketry.embeddings.stream import popularity
from basketry.errors import ContractError, SettingsError
from basketry.tables import ITEM_EMBEDDINGS

Floats = NDArray[np.float32]
# What keeps the vectors of features small that few items tell of (square root of the ridge).
DAMP = 1.0


class Earlier(NamedTuple):
    """Published items with their rows [n, 2 dim + 1]; `is_cold` [n]: not learnt, only the sum of features."""

    items: list[str]
    rows: Floats
    is_cold: NDArray[np.bool_]

    def places(self, names: list[str]) -> NDArray[np.int64]:
        """[names] the row of each, -1 for one that is not published."""
        at = {item: place for place, item in enumerate(self.items)}
        return np.array([at.get(name, -1) for name in names], np.int64)

    def learnt_places(self, names: list[str]) -> NDArray[np.int64]:
        """The same, -1 for a cold one too."""
        found = self.places(names)
        return np.where((found >= 0) & ~self.is_cold[found], found, -1) if self.items else found


class Start(NamedTuple):
    """rows [items + features + k, 2 dim + 1], NaN where a number is drawn as for a training that starts from nothing;
    is_known [items + features + k]: learnt earlier. The last k are the projection of given vectors.
    """

    rows: Floats
    is_known: NDArray[np.bool_]

    def with_new(self, n: int, at: int) -> "Start":
        """`n` rows more, from number `at` on, that are drawn."""
        places = [at] * n
        return Start(np.insert(self.rows, places, np.nan, axis=0), np.insert(self.is_known, places, False))


def earlier_of(published: DataFrame, dim: int) -> Earlier | None:
    """What gold.item_embeddings holds, None when it has no rows.

    Memory of the driver: all of it. Raises SettingsError when its vectors are not of length `dim`, ContractError when
    a number of them is not finite.
    """
    found = published.select("item_id", "vector_in", "vector_out", "bias", "is_cold").orderBy("item_id").toArrow()
    if not found.num_rows:
        return None
    items = found.column("item_id").to_pylist()
    sides = [found.column(name).combine_chunks() for name in ("vector_in", "vector_out")]
    for side in sides:
        lengths = np.unique(side.value_lengths())
        if lengths.tolist() != [dim]:
            raise SettingsError(
                f"embeddings.embedding_dim = {dim}, but {ITEM_EMBEDDINGS} has vectors of "
                f"{', '.join(map(str, lengths))}: give that length, or embeddings.start_from=nothing"
            )
    flat = [side.flatten().to_numpy().reshape(-1, dim) for side in sides]
    rows = np.concatenate([*flat, found.column("bias").to_numpy()[:, None]], 1).astype(np.float32)
    _refuse_not_finite(items, rows)
    return Earlier(items, rows, found.column("is_cold").to_numpy(zero_copy_only=False))


def start_of(earlier: Earlier, names: list[str], counts: NDArray[np.int64], features: Features) -> Start:
    """What the training of `names` starts from: an item that is published, its row; a feature, what published items of
    it share (least squares); the projection of given vectors, what those tell of the rest; any other item is drawn, so
    that it starts at its features and its given vector.

    The bias of an item that was not learnt is its popularity, on the scale of those that were.
    """
    n, width = len(names), earlier.rows.shape[1]
    rows = np.full((n + features.n + features.n_given, width), np.nan, np.float32)
    of_features, has_any = _of_features(earlier, names, features)
    projection, is_told = _of_projection(earlier, names, features, of_features)
    rows[n:], is_fitted = np.concatenate([of_features, projection]), np.concatenate([has_any, is_told])
    rows[n:][~is_fitted] = np.nan
    shared = composed(np.concatenate([np.zeros((n, width), np.float32), np.nan_to_num(rows[n:])]), n, features)[:n]
    place, learnt = earlier.places(names), earlier.learnt_places(names)
    rows[:n][place >= 0] = earlier.rows[place[place >= 0]] - shared[place >= 0]
    popular, is_learnt = popularity(counts), learnt >= 0
    moved = (earlier.rows[learnt[is_learnt], -1] - popular[is_learnt]).mean() if is_learnt.any() else 0.0
    rows[:n, -1] = np.where(is_learnt, rows[:n, -1], popular + moved - shared[:, -1])
    return Start(rows, np.concatenate([is_learnt, is_fitted]))


def _of_features(earlier: Earlier, names: list[str], features: Features) -> tuple[Floats, NDArray[np.bool_]]:
    """[features, width] whose sums come nearest to the published rows of the items that have them, and which of the
    features any such item has.
    """
    place = earlier.places([*names, *features.cold_items])
    if not features.n:
        return np.empty((0, earlier.rows.shape[1]), np.float32), np.empty(0, np.bool_)
    numbers = np.concatenate([features.trained, features.cold])[place >= 0]
    holds, sums = _holds(numbers, features.n), earlier.rows[place[place >= 0]].astype(np.float64)
    found = [lsmr(holds, column, damp=DAMP)[0] for column in sums.T]
    return np.stack(found, 1).astype(np.float32), holds.sum(axis=0) > 0


def _of_projection(
    earlier: Earlier, names: list[str], features: Features, of_features: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """[k, width] that takes given vectors nearest to what features leave of the published rows (ridge regression), and
    whether each is told by any: so a projection is found anew, whatever vectors were given before.
    """
    n, k, width = len(names), features.n_given, earlier.rows.shape[1]
    place = earlier.places([*names, *features.cold_items])
    if features.given is None:
        return np.empty((0, width), np.float32), np.empty(0, np.bool_)
    table = np.concatenate([np.zeros((n, width), np.float32), of_features])
    left = earlier.rows[place] - composed(table, n, features._replace(given=None))
    given = features.given[place >= 0].astype(np.float64)
    found = np.linalg.solve(given.T @ given + DAMP**2 * np.eye(k), given.T @ left[place >= 0])
    return found.astype(np.float32), np.abs(given).sum(axis=0) > 0


def _holds(numbers: Ints, n: int) -> sparse.csr_array:
    """[items, n]: 1 where an item has a feature."""
    item, column = np.nonzero(numbers != NONE)
    ones = np.ones(len(item))
    return sparse.csr_array((ones, (item, numbers[item, column])), shape=(len(numbers), n))


def _refuse_not_finite(items: list[str], rows: Floats) -> None:
    bad = np.flatnonzero(~np.isfinite(rows).all(1))
    if len(bad):
        raise ContractError(
            f"{ITEM_EMBEDDINGS}: {len(bad)} item(s) have a number that is not finite, {items[bad[0]]} first; restore "
            "an earlier version, or give embeddings.start_from=nothing"
        )
