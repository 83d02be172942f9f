"""Users who buy alike: what they buy, averaged, is what a user may buy next."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from basketry.recommend.catalogue import Catalogue, Ints, Scores
from basketry.recommend.scorers import Batch, per_visit
from basketry.recommend.topk import Ranked, top_k


@dataclass(frozen=True)
class ByNeighbours:
    """Mean share of visits with the item among the `n_neighbours` nearest users of a pool, by cosine of the shares.

    The neighbours' part of TIFU-KNN (Hu et al. 2020). `users` [pool], sorted; `shares` [pool, items].
    """

    users: npt.NDArray[np.object_]
    shares: sparse.csr_array
    n_neighbours: int
    name: str = "users"

    @property
    def columns(self) -> Ints:
        return np.arange(self.shares.shape[1])

    def score(self, batch: Batch) -> Scores:
        nearest = batch.once(self.nearest)
        rows = batch.bought.shape[0]
        each = 1 / np.maximum(np.bincount(nearest.row, minlength=rows), 1)
        chosen = sparse.csr_array((each[nearest.row], (nearest.row, nearest.column)), shape=(rows, len(self.users)))
        return sparse.csr_array(chosen @ self.shares)

    def nearest(self, batch: Batch) -> Ranked:
        """The nearest other users [cases, pool] and their cosine; none for a case that shares no item with anyone."""
        similarity = (_unit(batch.shares()) @ _unit(self.shares).T).toarray()
        similarity[similarity <= 0] = -np.inf
        return top_k(similarity, self._themselves(batch), self.n_neighbours)

    def _themselves(self, batch: Batch) -> sparse.csr_array:
        shape = (len(batch.users), len(self.users))
        if not len(self.users):
            return sparse.csr_array(shape)
        place = np.searchsorted(self.users, batch.users)
        place = np.minimum(place, len(self.users) - 1)
        row = np.flatnonzero(self.users[place] == batch.users)
        return sparse.csr_array((np.ones(len(row)), (row, place[row])), shape=shape)


def neighbour_model(
    histories: DataFrame, catalogue: Catalogue, *, n_neighbours: int, pool: int, seed: int
) -> ByNeighbours:
    """From (user_id, bought, counts, visits): at most `pool` users, drawn by the seed, are held on each machine."""
    drawn = histories.orderBy(F.xxhash64("user_id", F.lit(seed)), "user_id").limit(pool).toPandas()
    drawn = drawn.sort_values("user_id").reset_index(drop=True)
    counts = catalogue.matrix(drawn["bought"], drawn["counts"])
    return ByNeighbours(drawn["user_id"].to_numpy(dtype=object), per_visit(counts, drawn["visits"]), n_neighbours)


def _unit(rows: sparse.csr_array) -> sparse.csr_array:
    return per_visit(rows, np.sqrt(rows.multiply(rows).sum(axis=1)))
