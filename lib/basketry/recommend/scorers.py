"""Models as arrays: each gives a block of cases a score an item."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from basketry.recommend.catalogue import Floats, Ints, Scores

# A user whose visits are all old is still somebody.
LEAST_VISITS = 0.5
Flags = npt.NDArray[np.bool_]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Batch:
    """A block of cases. `cart`, `bought` (decayed counts), `masked`: [cases, items of the catalogue].

    `recent` is as `bought` by the shorter half-life. `users` [cases], '' for nobody; `visits`, `recent_visits` [cases],
    decayed; `has_factors` [cases]; `factors` [those that have, rank].
    """

    users: npt.NDArray[np.object_]
    cart: sparse.csr_array
    bought: sparse.csr_array
    recent: sparse.csr_array
    masked: sparse.csr_array
    visits: Floats
    recent_visits: Floats
    has_factors: Flags
    factors: Floats
    _found: dict[Callable[["Batch"], Any], Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, find: Callable[["Batch"], Found]) -> Found:
        """What `find`, a method of a model, says of this block, computed once however often it is asked for.

        It is not to be changed.
        """
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    def scores(self, scorer: "Scorer") -> Scores:
        """`scorer.score` of this block, once however many blends hold the scorer."""
        return self.once(scorer.score)

    def shares(self) -> sparse.csr_array:
        """[cases, items]: the share of the user's visits that bought the item (0 to 1)."""
        return per_visit(self.bought, self.visits)


class Scorer(Protocol):
    """`columns`: the positions in the catalogue it can score, ascending."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> Ints: ...

    def score(self, batch: Batch) -> Scores:
        """[cases, columns]; a larger score is better."""
        ...


@dataclass(frozen=True)
class Popularity:
    """Says nothing of any item: the ranking then lists the most popular ones."""

    name: str = "popularity"

    @property
    def columns(self) -> Ints:
        return np.empty(0, dtype=np.int64)

    def score(self, batch: Batch) -> Scores:
        return np.empty((batch.cart.shape[0], 0))


@dataclass(frozen=True)
class PersonalFrequency:
    """What the user bought before, by share of visits."""

    n_items: int
    name: str = "personal_frequency"

    @property
    def columns(self) -> Ints:
        return np.arange(self.n_items)

    def score(self, batch: Batch) -> Scores:
        return batch.shares()


@dataclass(frozen=True)
class RecentFrequency:
    """What the user bought of late, by share of visits, `prior_visits` more of them without the item."""

    n_items: int
    prior_visits: float
    name: str = "recent_frequency"

    @property
    def columns(self) -> Ints:
        return np.arange(self.n_items)

    def score(self, batch: Batch) -> Scores:
        return per_visit(batch.recent, batch.recent_visits + self.prior_visits)


@dataclass(frozen=True)
class PerVisit:
    """Another model's scores over the user's visits: the more a user shows, the less others say.

    Added with weight m to the user's own share of visits it orders items as m visits more would, on which the user
    bought what the model says.
    """

    model: Scorer

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def columns(self) -> Ints:
        return self.model.columns

    def score(self, batch: Batch) -> Scores:
        each = 1 / np.maximum(batch.visits, LEAST_VISITS)
        scores = batch.scores(self.model)
        if sparse.issparse(scores):
            return sparse.csr_array(sparse.diags_array(each) @ scores)
        return np.asarray(scores * each[:, None])


@dataclass(frozen=True)
class ByFactors:
    """Product of the user's factors and the item's; `vectors` [columns, rank]."""

    columns: Ints
    vectors: Floats
    name: str = "als"

    def score(self, batch: Batch) -> Scores:
        if batch.has_factors.all() and len(batch.factors):
            return np.asarray(batch.factors @ self.vectors.T)
        scores = np.full((len(batch.has_factors), len(self.columns)), -np.inf, dtype=np.float32)
        if batch.has_factors.any():
            scores[batch.has_factors] = batch.factors @ self.vectors.T
        return scores


@dataclass(frozen=True)
class ByRules:
    """The highest confidence among the rules whose antecedent lies in the cart.

    `antecedents` [items, rules] is binary; `sizes`, `confidences` [rules]; `targets` [rules] are places in `columns`.
    """

    columns: Ints
    antecedents: sparse.csr_array
    sizes: Ints
    confidences: Floats
    targets: Ints
    name: str = "rules"

    def score(self, batch: Batch) -> Scores:
        found = (batch.cart @ self.antecedents).tocoo()
        fires = found.data == self.sizes[found.col]
        case, rule = found.row[fires], found.col[fires]
        shape = (batch.cart.shape[0], len(self.columns))
        pair, place = np.unique(case.astype(np.int64) * shape[1] + self.targets[rule], return_inverse=True)
        best = np.zeros(len(pair))
        np.maximum.at(best, place, self.confidences[rule])
        return sparse.csr_array((best, np.divmod(pair, shape[1])), shape=shape)


@dataclass(frozen=True)
class ByEmbeddings:
    """Mean of the cart's in-vectors times the item's out-vector, plus its bias; [columns, embedding_dim]."""

    columns: Ints
    vectors_in: Floats
    vectors_out: Floats
    bias: Floats
    name: str = "embeddings"

    def score(self, batch: Batch) -> Scores:
        known = batch.cart[:, self.columns]
        n_known = np.asarray(known.sum(axis=1)).ravel()
        mean = (known @ self.vectors_in) / np.maximum(n_known, 1)[:, None]
        scores: Floats = mean.astype(np.float32) @ self.vectors_out.T + self.bias
        scores[n_known == 0] = -np.inf
        return scores


@dataclass(frozen=True)
class ByItems:
    """Sum over the items of the cart, or over those bought by share of visits, of what each says of the others.

    `weights` [items, items] is sparse.
    """

    weights: sparse.csr_array
    given: Literal["cart", "bought"]
    name: str

    @property
    def columns(self) -> Ints:
        return np.arange(self.weights.shape[1])

    def score(self, batch: Batch) -> Scores:
        return sparse.csr_array((batch.cart if self.given == "cart" else batch.shares()) @ self.weights)


@dataclass(frozen=True)
class ByPairs:
    """Log popularity plus, over the items of the cart, the log of how much oftener each is bought with the item.

    `log_lifts` [items, items] is sparse, 0 where nothing is known; `log_popularity` [items]. Says nothing of a cart
    without a known item.
    """

    log_lifts: sparse.csr_array
    log_popularity: Floats
    name: str = "adjusted_lift"

    @property
    def columns(self) -> Ints:
        return np.arange(len(self.log_popularity))

    def score(self, batch: Batch) -> Scores:
        scores: Floats = (batch.cart @ self.log_lifts).toarray() + self.log_popularity
        scores[np.diff(batch.cart.indptr) == 0] = -np.inf
        return scores


def per_visit(counts: sparse.csr_array, visits: npt.ArrayLike) -> sparse.csr_array:
    """`counts` [users, items] over the user's `visits`; nothing for a user without visits."""
    each = np.asarray(visits, dtype=np.float64)
    inverse = np.divide(1, each, out=np.zeros_like(each), where=each > 0)
    return sparse.csr_array(sparse.diags_array(inverse) @ counts)
