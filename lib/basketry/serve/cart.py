"""What to add to a cart: what its items say of others, the habits of its user, and popularity, by recommend.cart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.dataset as ds

from basketry import tables
from basketry.recommend.settings import RecommendSettings
from basketry.recommend.topk import largest
from basketry.tables.snapshot import Snapshot, any_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
SOURCES = ("personal_frequency", "ease", "popularity")
N_BECAUSE = 3


@dataclass(frozen=True)
class Scored:
    """An item for a cart: what each of SOURCES adds, and the cart's items that speak for it, most first."""

    item_id: str
    added: tuple[float, float, float]
    because: list[str]

    @property
    def score(self) -> float:
        return sum(self.added)


@dataclass(frozen=True)
class Carts:
    """`place` of each item in `items`, which are sorted; what item n says lies from starts[n] to starts[n + 1].

    `popular` are the items of the cold list with their share of the most popular one's purchases. Of `excluded` items
    no affinity is kept.
    """

    items: npt.NDArray[np.object_]
    place: dict[str, int]
    starts: Ints
    others: Ints
    weights: Floats
    popular: dict[str, float]
    excluded: frozenset[str]
    settings: RecommendSettings

    def knows(self, item_id: str) -> bool:
        return item_id in self.place

    def ranked(self, cart: Sequence[str], repeat: Sequence[dict[str, Any]], k: int) -> list[Scored]:
        """The k best items that are neither in the cart nor excluded, ties by id. `repeat` is the user's list.

        Affinities are those published: of each item the strongest. Habits are those of the items in the user's list,
        popularity that of the items in the cold list: what is not published adds nothing.
        """
        codes = [self.place[item] for item in dict.fromkeys(cart) if item in self.place]
        said, others = self._said(codes)
        whole = said.sum(axis=0)
        ease = dict(zip(self.items[others].tolist(), whole.tolist(), strict=True))
        habit = {row["item_id"]: dict(row["contributions"]).get("personal_frequency", 0.0) for row in repeat}
        # Others get nothing but ease: even when every item of the cart is among the best, k others are.
        candidates = {*self.items[others[largest(whole, k + len(codes))]].tolist(), *habit, *self.popular}
        scored = [(item, self._added(item, ease, habit)) for item in candidates.difference(cart, self.excluded)]
        best = sorted(scored, key=lambda found: (-sum(found[1]), found[0]))[:k]
        column = {item: n for n, item in enumerate(ease)}
        return [Scored(item, added, self._because(said, column.get(item), codes)) for item, added in best]

    def _said(self, codes: list[int]) -> tuple[Floats, Ints]:
        """[items of the cart, others]: the weight of each on each item they speak of, and those items, ascending."""
        spans = [slice(self.starts[code], self.starts[code + 1]) for code in codes]
        if not spans:
            return np.zeros((0, 0)), np.empty(0, np.int64)
        others, column = np.unique(np.concatenate([self.others[span] for span in spans]), return_inverse=True)
        row = np.repeat(np.arange(len(codes)), [span.stop - span.start for span in spans])
        said = np.zeros((len(codes), len(others)))
        said[row, column] = np.concatenate([self.weights[span] for span in spans])
        return said, others

    def _added(self, item: str, ease: dict[str, float], habit: dict[str, float]) -> tuple[float, float, float]:
        weights, learnt = self.settings.cart, self.settings.habit.personal_frequency
        share = habit.get(item, 0.0) / learnt if learnt else 0.0
        return (
            weights.personal_frequency * share,
            weights.ease * ease.get(item, 0.0),
            weights.popularity * self.popular.get(item, 0.0),
        )

    def _because(self, said: Floats, column: int | None, codes: list[int]) -> list[str]:
        if column is None:
            return []
        by_weight = np.argsort(-said[:, column], kind="stable")[:N_BECAUSE]
        return [str(self.items[codes[n]]) for n in by_weight if said[n, column] > 0]


def carts_of(lake: Snapshot, cold: Sequence[dict[str, Any]], settings: RecommendSettings) -> Carts:
    """From gold.item_affinities, gold.excluded_items and the cold list."""
    columns = ("item_id", "other_item_id", "weight")
    excluded = pc.unique(lake.read(tables.EXCLUDED_ITEMS, ("item_id",))["item_id"]).to_pylist()
    where = (ds.field("kind") == "ease") & ~any_of("other_item_id", excluded)
    found = lake.read(tables.ITEM_AFFINITIES, columns, where).sort_by("item_id")
    names = [found[name].combine_chunks() for name in ("item_id", "other_item_id")]
    items = np.unique(np.concatenate([pc.unique(column).to_numpy(zero_copy_only=False) for column in names]))
    place = {str(item): n for n, item in enumerate(items)}
    speaker, other = (_coded(column, place) for column in names)
    starts = np.searchsorted(speaker, np.arange(len(items) + 1))
    weight = settings.explore.popularity
    popular = {row["item_id"]: dict(row["contributions"]).get("popularity", 0.0) / weight for row in cold}
    return Carts(items, place, starts, other, found["weight"].to_numpy(), popular, frozenset(excluded), settings)


def _coded(column: Any, place: dict[str, int]) -> Ints:
    coded = column.dictionary_encode()
    code = np.array([place[item] for item in coded.dictionary.to_pylist()], dtype=np.int64)
    return np.asarray(code[coded.indices.to_numpy()], dtype=np.int64) if len(code) else np.empty(0, np.int64)
