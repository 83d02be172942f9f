"""What each purchase adds to a score of ALS: the user's vector is a sum over what was bought."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from basketry.recommend.catalogue import Floats, Ints
from basketry.recommend.scorers import ByFactors


@dataclass(frozen=True)
class Decomposed:
    """`factors` [columns, rank] of the items at `columns` of the catalogue, and `gram` [rank, rank], their Y'Y."""

    columns: Ints
    factors: Floats
    gram: Floats
    alpha: float
    regularization: float

    def strongest(self, bought: sparse.csr_array, item: Ints) -> tuple[Ints, Floats]:
        """For each of `item`, the other item bought that adds most to its score, and the share of the score it adds.

        Both items are positions in the catalogue; `bought` [1, items] are one user's decayed counts. Ties by position;
        the share is 0 where no other item with factors was bought or the score is not positive.
        """
        known = bought[:, self.columns]
        order = np.argsort(known.indices)
        place, counts = known.indices[order], known.data[order]
        if not len(place):
            return np.zeros(len(item), dtype=np.int64), np.zeros(len(item))
        parts = self.parts(place, counts, np.searchsorted(self.columns, item))
        whole = parts.sum(axis=1)
        parts[self.columns[place] == item[:, None]] = 0
        share = np.divide(parts.max(axis=1), whole, out=np.zeros(len(item)), where=whole > 0)
        return self.columns[place[parts.argmax(axis=1)]], share

    def parts(self, place: Ints, counts: Floats, item: Ints) -> Floats:
        """[items, bought]: what each purchase adds to the score of each item; the sum of a row is the score.

        Hu, Koren and Volinsky 2008, section 5: item' (Y'Y + Y'(C - I)Y + n lambda I)^-1 bought * confidence, where n
        lambda is MLlib's regularisation (Zhou et al. 2008). `place` and `item` are rows of `factors`.
        """
        mine, weight = self.factors[place], self.alpha * np.log1p(counts)
        ridge = self.regularization * len(place) * np.eye(len(self.gram))
        normal = self.gram + (mine * weight[:, None]).T @ mine + ridge
        return np.asarray((mine @ np.linalg.solve(normal, self.factors[item].T)).T * (1 + weight))


def decomposed(model: ByFactors, *, alpha: float, regularization: float) -> Decomposed:
    """Of factors learnt with these settings."""
    factors = model.vectors.astype(np.float64)
    return Decomposed(model.columns, factors, factors.T @ factors, alpha, regularization)
