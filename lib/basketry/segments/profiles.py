"""What sets each segment apart from everyone, in numbers and in words."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from basketry.segments.arrays import Bools, Floats, Ints
from basketry.segments.clusters import centres_of
from basketry.segments.features import Features
from basketry.segments.few import of_enough
from basketry.segments.scaling import Points, shares_of

# In a name stands what is this many standard deviations off, and no more than so many words unless two names are one.
NOTABLE = 0.5
WORDS = 3
HIGH = {"recency": "lapsed", "frequency": "frequent", "money": "high spend"}
LOW = {"recency": "recent", "frequency": "seldom", "money": "low spend"}
EVERYONE, TYPICAL = "everyone", "typical"


class Profiles(NamedTuple):
    """[K, F] of K segments in the order of their labels: `mean` in the feature's own unit, `difference` from everyone
    in standard deviations of the transformed feature (log of activity, square root of shares; 0 where it is constant).
    Of what tells of too few users the mean is NaN and the difference 0.

    `mean_all` [F].
    """

    features: list[tuple[str, str]]
    mean: Floats
    mean_all: Floats
    difference: Floats


def profiles_of(told: Features, points: Points, labels: Ints, least: int = 0) -> Profiles:
    """Of the users given: those who shape the segments. A mean share tells of those who spent on it, `least` of them
    where it is set; activity of everybody.
    """
    shares = shares_of(told.spend)
    raw = np.hstack([told.activity, np.where(np.isnan(shares), 0.0, shares)])
    kept = _told_of(raw, points, labels, least)
    spread = points.transformed.std(axis=0)
    varies = np.array([name not in points.dropped for _, name in points.features])
    off = centres_of(points.transformed, labels) - points.transformed.mean(axis=0)
    difference = np.divide(off, spread, out=np.zeros_like(off), where=varies & (spread > 0))
    mean = np.where(kept, centres_of(raw, labels), np.nan)
    return Profiles(points.features, mean, raw.mean(axis=0), np.where(kept, difference, 0.0))


def _told_of(raw: Floats, points: Points, labels: Ints, least: int) -> Bools:
    """[K, F]: whether enough users have some of the feature, and of the segments left out together."""
    has = (raw > 0) | np.array([kind == "activity" for kind, _ in points.features])
    users = (np.eye(int(labels.max()) + 1, dtype=np.int64)[labels].T @ has).T
    return of_enough(users, np.ones(users.shape, bool), least).T


def names_of_segments(profiles: Profiles, numbers: Ints) -> list[str]:
    """A name a segment, no two alike: what is most off first.

    Two of one name get a word more each, at last their number.
    """
    ranked = [_words(profiles, label) for label in range(len(numbers))]
    if len(ranked) == 1:
        return [EVERYONE]
    length = [min(WORDS, sum(size >= NOTABLE for size, _ in words)) for words in ranked]
    for _ in profiles.features:
        names = _joined(ranked, length)
        repeated = {name for name, n in Counter(names).items() if n > 1}
        if not repeated:
            return names
        length = [n + (name in repeated) for n, name in zip(length, names, strict=True)]
    names = _joined(ranked, length)
    repeated = {name for name, n in Counter(names).items() if n > 1}
    return [f"{name} {n}" if name in repeated else name for name, n in zip(names, numbers, strict=True)]


def _joined(ranked: list[list[tuple[float, str]]], length: list[int]) -> list[str]:
    return [", ".join(word for _, word in words[:n]) or TYPICAL for words, n in zip(ranked, length, strict=True)]


def _words(profiles: Profiles, label: int) -> list[tuple[float, str]]:
    """How far off each feature is, and the word for it, most first."""
    off = profiles.difference[label]
    told = zip(profiles.features, off, strict=True)
    words = ((abs(float(size)), _word(*feature, is_high=size > 0)) for feature, size in told)
    # Of two as far off, as the shares of two labels are, what is bought much says more than what is bought little.
    return sorted(words, key=lambda word: (-round(word[0], 9), word[1].startswith("little"), word[1]))


def _word(block: str, name: str, *, is_high: bool) -> str:
    if block == "activity":
        return (HIGH if is_high else LOW)[name]
    return f"{'much' if is_high else 'little'} {name}"
