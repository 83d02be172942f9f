"""Features of users as points whose squared distances add up over blocks: activity, shares of spend, embedding.

Activity is log-scaled and standardised, since money and frequency are heavy-tailed. Shares of spend are taken by their
square roots: the distance of two users is then Hellinger's, which knows zeros. Most users buy nothing in some
department; a log ratio would have to make those zeros up, and its answer hangs on how (Legendre & Gallagher 2001,
Greenacre 2018). Each block is centred, and scaled to a total variance that is its weight.
"""

from typing import NamedTuple

import numpy as np

from basketry.segments.arrays import Bools, Floats
from basketry.segments.features import ACTIVITY, Features
from basketry.segments.settings import SegmentsSettings

# Below this share of the mean square, a column's variance is the rounding of a constant.
ROUNDING = 1e-12


class Points(NamedTuple):
    """`points` [U, P]; `transformed` [U, F] of the named `features` before centring, of which some made no point.

    `dropped` names the features that are the same for every user who shapes the segments.
    """

    points: Floats
    features: list[tuple[str, str]]
    transformed: Floats
    dropped: list[str]


def points_of(told: Features, is_fit: Bools, settings: SegmentsSettings) -> Points:
    """Every user's point; centres and scales are of the users `is_fit` [U] alone."""
    activity, shares = np.log1p(told.activity), _hellinger(told.spend, is_fit)
    features = [*(("activity", name) for name in ACTIVITY), *(("share", str(name)) for name in told.labels)]
    blocks = [
        _block(activity, is_fit, settings.weight_activity, is_standardised=True),
        _block(shares, is_fit, settings.weight_shares),
        _block(told.embedding, is_fit, settings.weight_embeddings),
    ]
    transformed = np.hstack([activity, shares])
    constant = ~_varies(transformed[is_fit])
    dropped = [name for (_, name), is_dropped in zip(features, constant, strict=True) if is_dropped]
    return Points(np.hstack(blocks), features, transformed, dropped)


def shares_of(spend: Floats) -> Floats:
    """Each row as shares of its sum; NaN where that is 0."""
    total = spend.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(spend, total, out=np.full_like(spend, np.nan), where=total > 0))


def _hellinger(spend: Floats, is_fit: Bools) -> Floats:
    """Square roots of the shares; a user who spent nothing stands in the middle, where shares tell nothing."""
    roots = np.sqrt(shares_of(spend))
    known = is_fit & ~np.isnan(roots).any(axis=1)
    middle = roots[known].mean(axis=0) if known.any() else np.zeros(spend.shape[1])
    return np.asarray(np.where(np.isnan(roots), middle, roots))


def _block(values: Floats, is_fit: Bools, weight: float, *, is_standardised: bool = False) -> Floats:
    """Columns that vary, centred, of total variance `weight` among the users who shape the segments."""
    kept = values[:, _varies(values[is_fit])] if weight > 0 else values[:, :0]
    if not kept.shape[1]:
        return kept
    centred = kept - kept[is_fit].mean(axis=0)
    variance = (centred[is_fit] ** 2).mean(axis=0)
    scaled = centred / np.sqrt(variance) if is_standardised else centred
    total = len(variance) if is_standardised else variance.sum()
    return np.asarray(scaled * np.sqrt(weight / total))


def _varies(values: Floats) -> Bools:
    return np.asarray(values.var(axis=0) > ROUNDING * np.maximum((values**2).mean(axis=0), ROUNDING))
