"""Why an item is listed: for what each source adds to its score, the evidence that weighs most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from basketry.recommend import wording
from basketry.recommend.by_type import ByTypes
from basketry.recommend.catalogue import Catalogue, Floats, Ints
from basketry.recommend.decompose import decomposed
from basketry.recommend.facts import EPOCH, Facts
from basketry.recommend.neighbours import ByNeighbours
from basketry.recommend.scorers import Batch, ByFactors, ByItems, Flags, PerVisit
from basketry.recommend.wording import Reason

MOST = 3
# A source that adds less to a score is not worth a reason.
SMALLEST_SHARE = 0.05
# Entries looked at together: each takes as many numbers as its user bought items.
TOGETHER = 4096


@dataclass(frozen=True)
class Told:
    """A block of cases and what is known of them: `cases` has the arrays of facts.purchases where there are any."""

    batch: Batch
    cases: pd.DataFrame
    catalogue: Catalogue
    facts: Facts

    @cached_property
    def n_bought(self) -> sparse.csr_array:
        """[cases, items]: baskets of the user with the item."""
        return self._purchases("n_baskets")

    @cached_property
    def last_days(self) -> sparse.csr_array:
        """[cases, items]: the last day, since 1970-01-01."""
        return self._purchases("last_days")

    def _purchases(self, name: str) -> sparse.csr_array:
        if "items" not in self.cases:
            return sparse.csr_array(self.batch.bought.shape)
        return self.catalogue.matrix(self.cases["items"], self.cases[name])


# The reason at each of the entries (case, item), cases ascending, by the model of a source; None where there is none.
Finder = Callable[[Any, Told, Ints, Ints], list[Reason | None]]


def _bought(_: Any, told: Told, row: Ints, item: Ints) -> list[Reason | None]:
    n, days = (np.asarray(found[row, item]).astype(int) for found in (told.n_bought, told.last_days))
    return [
        wording.bought(times, EPOCH + timedelta(days=day)) if times else None
        for times, day in zip(n.tolist(), days.tolist(), strict=True)
    ]


def _with(model: ByItems, told: Told, row: Ints, item: Ints) -> list[Reason | None]:
    """The item of the cart, or bought, that adds most."""
    # Counts order a user's purchases as their shares of visits do.
    given = told.batch.cart if model.given == "cart" else told.batch.bought
    speakers = sparse.csr_array(model.weights.T)
    found: list[Reason | None] = []
    for start in range(0, len(row), TOGETHER):
        at = slice(start, start + TOGETHER)
        best, added = _largest(sparse.csr_array(given[row[at]].multiply(speakers[item[at]])))
        found += [_one_with(told, *one) for one in zip(best, item[at], added, strict=True)]
    return found


def _one_with(told: Told, speaker: int, item: int, added: float) -> Reason | None:
    if added <= 0:
        return None
    name = told.facts.names[speaker]
    return wording.goes_with(told.catalogue.items[speaker], name, told.facts.together(speaker, item))


def _largest(parts: sparse.csr_array) -> tuple[Ints, Floats]:
    """Of each row the column of the largest entry, ties by column, and that entry; nothing stored counts as 0."""
    best = np.asarray(parts.argmax(axis=1)).ravel()
    return best, np.asarray(parts[np.arange(parts.shape[0]), best], dtype=np.float64)


def _similar_users(model: ByNeighbours, told: Told, row: Ints, item: Ints) -> list[Reason | None]:
    """How many of the nearest users bought it."""
    nearest = told.batch.once(model.nearest)
    starts = np.searchsorted(nearest.row, np.arange(len(told.cases) + 1))
    of = np.diff(starts)[row]
    model.shares.sort_indices()  # Looked up by bisection then; sorted already, it costs nothing.
    entry = np.repeat(np.arange(len(row)), of)
    place = np.arange(len(entry)) - np.repeat(np.cumsum(of) - of, of) + starts[row][entry]
    holds = np.asarray(model.shares[nearest.column[place], item[entry]]) > 0
    n = np.bincount(entry[holds], minlength=len(row))
    return [wording.similar_users(*each) if each[0] else None for each in zip(n.tolist(), of.tolist(), strict=True)]


def _of_type(model: ByTypes, told: Told, row: Ints, item: Ints) -> list[Reason | None]:
    """How often items of its type were bought."""
    each = sparse.csr_array(told.n_bought @ model.membership)
    kind = model.type_at(item)
    n = np.asarray(each[row, kind]).astype(int)
    return [wording.of_type(*one) if one[1] else None for one in zip(model.names[kind], n.tolist(), strict=True)]


def _taste(model: ByFactors, told: Told, row: Ints, item: Ints) -> list[Reason | None]:
    """The bought item that ALS takes most of its score from."""
    parts = decomposed(model, alpha=told.facts.alpha, regularization=told.facts.regularization)
    cases, starts = np.unique(row, return_index=True)
    found: list[Reason | None] = []
    for case, items in zip(cases, np.split(item, starts[1:]), strict=True):
        found += [
            _one_taste(told, *one) for one in zip(*parts.strongest(told.batch.bought[[case]], items), strict=True)
        ]
    return found


def _one_taste(told: Told, speaker: int, share: float) -> Reason | None:
    return wording.taste(told.catalogue.items[speaker], told.facts.names[speaker], share) if share > 0 else None


def _popular(_: Any, told: Told, _row: Ints, item: Ints) -> list[Reason | None]:
    return [wording.popular(n, told.facts.n) for n in told.facts.n_baskets[item].tolist()]


# A source that is not here gives no reason.
FINDERS: Mapping[str, Finder] = {
    "personal_frequency": _bought,
    "recent_frequency": _bought,
    "ease": _with,
    "users": _similar_users,
    "types": _of_type,
    "als": _taste,
    "popularity": _popular,
}


def told_reasons(
    models: Mapping[str, Any], told: Told, row: Ints, item: Ints, added: Floats
) -> list[list[dict[str, Any]]]:
    """Of each entry the rows of its reasons: for sources whose contribution is positive and no small part of the score.

    `models` by source, in the order of the columns of `added` [entries, sources]. The largest contribution comes
    first, each kind once, MOST of them.
    """
    worth = (added > 0) & (added >= SMALLEST_SHARE * added.sum(axis=1, keepdims=True))
    found = found_by_source(models, told, row, item, worth)
    return [first(list(models), *each) for each in zip(added, found, strict=True)]


def found_by_source(
    models: Mapping[str, Any], told: Told, row: Ints, item: Ints, wanted: Flags
) -> npt.NDArray[np.object_]:
    """[entries, sources]: the Reason of each source at the entries where it is wanted; None where there is none."""
    found = np.full((len(row), len(models)), None, dtype=object)
    for place, (source, model) in enumerate(models.items()):
        at = np.flatnonzero(wanted[:, place])
        if len(at) and source in FINDERS:
            # A model that only scales another's scores has its reasons.
            known = model.model if isinstance(model, PerVisit) else model
            for entry, reason in zip(at, FINDERS[source](known, told, row[at], item[at]), strict=True):
                found[entry, place] = reason
    return found


def first(sources: Sequence[str], added: Floats, reasons: Sequence[Reason | None]) -> list[dict[str, Any]]:
    """One item's reasons as rows of the table: the largest contribution first, each kind once, MOST of them."""
    rows: dict[str, dict[str, Any]] = {}
    for place in np.argsort(-added, kind="stable"):
        reason = reasons[place]
        if reason is not None and reason.kind not in rows:
            rows[reason.kind] = {"source": sources[place], **reason._asdict()}
    return list(rows.values())[:MOST]
