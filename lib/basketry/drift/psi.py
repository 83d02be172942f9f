"""The population stability index of two periods, and how much of it chance alone gives.

PSI = sum over bins of (current share - reference share) * ln(current share / reference share), the symmetric
divergence of Jeffreys (1946). Custom reads below .1 as stable and from .25 on as another population, whatever the
sample; yet two samples of n and m of one population have (bins - 1) * (1/n + 1/m) on average (Yurdakul 2018).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# Added to each count, so that a bin which one period lacks has a share there (Krichevsky & Trofimov 1981).
PRIOR = 0.5


class Psi(NamedTuple):
    """`value` is the sum of `parts` [bins]; `chance`, its mean were nothing changed and what is counted independent.

    `reference` and `current` [bins] are the counts of `members`, places of those with a bin of their own, and at last
    of all others, where there are any.
    """

    value: float
    chance: float
    reference: Ints
    current: Ints
    members: Ints
    parts: Floats


def psi(reference: Ints, current: Ints, rest: tuple[int, int], min_count: int) -> Psi | None:
    """The PSI of members counted [B] in two periods, and of `rest`, counted without a member in each.

    A member has a bin of its own when it is expected `min_count` times or more in each period, were both alike; all
    others, and `rest`, are one bin. None when a period is empty or fewer than two bins come of it.
    """
    one, other = np.append(reference, rest[0]), np.append(current, rest[1])
    n, later_n = int(one.sum()), int(other.sum())
    # In whole numbers: a share divided in floats loses what sits exactly on the line.
    is_own = (reference + current) * min(n, later_n) >= min_count * (n + later_n)
    one, other = (_binned(counts, is_own) for counts in (one, other))
    if (one + other)[-1] == 0:
        one, other = one[:-1], other[:-1]
    if not n or not later_n or len(one) < 2:
        return None
    parts, chance = jeffreys(one, other), (len(one) - 1) * (1 / n + 1 / later_n)
    return Psi(float(parts.sum()), chance, one, other, np.flatnonzero(is_own), parts)


def jeffreys(reference: Ints, current: Ints) -> Floats:
    """What each bin [B] adds to the PSI of these counts."""
    before, now = shares(reference), shares(current)
    return np.asarray((now - before) * np.log(now / before))


def shares(counts: Ints) -> Floats:
    """Shares [B] that add up to 1, none of them 0."""
    return np.asarray((counts + PRIOR) / (counts.sum() + PRIOR * len(counts)))


def _binned(counts: Ints, is_own: Bools) -> Ints:
    """Those with a bin of their own, then the sum of all others; the last count is nobody's own."""
    own = np.append(is_own, False)
    return np.append(counts[own], counts[~own].sum())
