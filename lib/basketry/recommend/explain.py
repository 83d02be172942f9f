"""Why a user would, or would not, be recommended one item: any item, listed or not."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from basketry.recommend.blend import Blend, Kind, Terms, listable, total
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of
from basketry.recommend.reasons import Told, found_by_source


class Explained(NamedTuple):
    """`list`: the one the item belongs to; `position`: its place among what that list may hold, were it let in.

    `added` and `reasons`: what each source adds to the score, and its evidence in words, None where there is none;
    `closed`: the settings of recommend.lists that keep it out of the list, whatever its place.
    """

    score: float
    position: int
    added: dict[str, float]
    reasons: dict[str, str | None]
    closed: list[str]
    list: Kind


def explain(
    case: pd.DataFrame, blends: Mapping[Kind, Blend], catalogue: Catalogue, terms: Terms, item_id: str
) -> Explained:
    """Of a case, a single row, and an item of the catalogue."""
    batch = batch_of(case, catalogue)
    item = int(catalogue.positions([item_id])[0])
    kind: Kind = "repeat" if batch.bought[0, item] > 0 else "explore"
    blend = blends[kind]
    parts = blend.parts(batch)
    scores = total(parts)
    entry = np.array([0]), np.array([item])
    added = np.array([[part.at(*entry)[0] for part in parts]])
    told = Told(batch, case, catalogue, terms.facts)
    (reasons,) = found_by_source(blend.by_source, told, *entry, added != 0)
    score, open_scores = float(scores[0, item]), listable(kind, scores, batch, terms.allowed)[0]
    before = (open_scores > score) | ((open_scores == score) & (np.arange(len(open_scores)) < item))
    return Explained(
        score,
        int(before.sum()) + 1,
        dict(zip(blend.sources, added[0].tolist(), strict=True)),
        dict(zip(blend.sources, [reason and reason.text for reason in reasons], strict=True)),
        _closed(item, score, bool(np.isneginf(open_scores[item])), terms),
        kind,
    )


def _closed(item: int, score: float, is_out: bool, terms: Terms) -> list[str]:
    allowed = terms.allowed
    found = ["excluded"] if allowed.excluded[item] else []
    found += ["min_score"] if allowed.min_score is not None and score < allowed.min_score else []
    return found or (["max_per_category"] if is_out else [])
