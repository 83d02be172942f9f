"""With segments.min_users, a segment of fewer users becomes part of another, and what tells of fewer is left out."""

from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame, SparkSession

from basketry import tables
from basketry.segments.agreement import contingency, silhouette
from basketry.segments.arrays import Bools, Floats, Ints, frame
from basketry.segments.clusters import centres_of
from basketry.segments.differences import Counts
from basketry.segments.identity import joining_cost
from basketry.segments.overbought import Bought, OverBought
from basketry.tables.segments import EVERY

NONE = np.iinfo(np.int64).max


class Left(NamedTuple):
    """Rows that were found, and those of them that are published."""

    found: int
    published: int


def generalised(points: Floats, labels: Ints, least: int) -> Ints:
    """[N]: labels from 0 without gaps, each of `least` points or more; `labels` as they are where these have them.

    The label of fewest points is joined to the one that this costs least (`joining_cost`), until none has fewer; of
    equal ones that of the first point. There must be `least` of the `points` [N, P].
    """
    if np.bincount(labels).min() >= least:
        return labels
    _, first, labels = np.unique(labels, return_index=True, return_inverse=True)
    labels = np.argsort(np.argsort(first))[labels]
    while (sizes := np.bincount(labels)).min() < least:
        small = int(sizes.argmin())
        cost = joining_cost(centres_of(points, labels), sizes, small)
        labels = np.where(labels == small, int(cost.argmin()), labels)
        labels = np.unique(labels, return_inverse=True)[1]
    return np.asarray(labels, np.int64)


def of_enough(users: Ints, listed: Bools, least: int) -> Bools:
    """[R, K]: those of the cells `listed` that tell of `least` of the `users` [R, K], or of none; all when it is 0.

    The users of a row are different people, and who knows their sum learns what the cells left out hold together. So
    where that is fewer than `least` the smallest cell kept of any goes too, the first of equal ones; where there is
    none, the whole row.
    """
    kept = listed & ((users == 0) | (users >= least))
    rest = np.where(kept, 0, users).sum(axis=1)
    is_short = (rest > 0) & (rest < least)
    size = np.where(kept & (users > 0), users, NONE)
    kept[is_short, size.argmin(axis=1)[is_short]] = False
    kept[is_short & (size.min(axis=1) == NONE)] = False
    return np.asarray(kept)


def items_of_enough(found: OverBought, bought: Bought, least: int) -> OverBought:
    """Without the items that a segment's users, or all that are not told of, are too few to tell of."""
    at = np.searchsorted(bought.items.astype(str), found.item.astype(str)), found.label
    listed = np.zeros(bought.n.shape, bool)
    listed[at] = True
    kept = of_enough(bought.n, listed, least)[at]
    return found._replace(**{name: value[kept] for name, value in found._asdict().items()})


def rules_of_enough(counts: Counts, least: int) -> Bools:
    """[R, K]: the same of users with both sides of a rule, and of those with its antecedent."""
    both = of_enough(counts.both_users, (counts.users == 0) | (counts.users >= least), least)
    return of_enough(counts.users, both, least)


def generalisation(
    spark: SparkSession, points: Floats, found: Ints, published: Ints, numbers: Ints, left: dict[str, Left], least: int
) -> DataFrame:
    """gold.segment_generalisation, of `found` and `published` labels of the `points`; no rows when `least` is 0.

    The users of a published segment who moved are those outside the found one that most of them come from.
    """
    if not least:
        return spark.createDataFrame([], tables.SEGMENT_GENERALISATION.schema)
    parts = contingency(found, published)
    stayed, n = int(parts.max(axis=0).sum()), len(points)
    whole: dict[str, tuple[float, float | None]] = {
        "segments": (len(parts), len(numbers)),
        "users": (n, stayed if stayed == n or n - stayed >= least else None),
        "silhouette": (float(silhouette(points, found).mean()), float(silhouette(points, published).mean())),
        "squares": (_squares(points, found), _squares(points, published)),
        **left,
    }
    rows = [(name, EVERY, *each) for name, each in whole.items()]
    rows += [("parts", str(number), each, 1) for number, each in zip(numbers, (parts > 0).sum(axis=0), strict=True)]
    columns = dict(zip(("measure", "segment", "found", "published"), zip(*rows, strict=True), strict=True))
    return frame(spark, tables.SEGMENT_GENERALISATION, {**columns, "min_users": [least] * len(rows)})


def _squares(points: Floats, labels: Ints) -> float:
    return float(((points - centres_of(points, labels)[labels]) ** 2).sum())
