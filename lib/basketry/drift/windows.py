"""The last days beside those before, and earlier windows of as many days beside those before them."""

from collections.abc import Iterator
from math import gcd
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from basketry.drift.psi import Ints, Psi, psi
from basketry.drift.settings import DriftSettings

# Stands for a PSI of 0, which has no logarithm.
TINY = 1e-12


class Counted(NamedTuple):
    """How often each of `members` [B] was counted in each block [B, T] of days, block 0 being the last days, and what
    was counted without a member: `rest` [T]. The first day of all lies `span` days back, the last one included.
    """

    members: list[str]
    n: Ints
    rest: Ints
    span: int


class Rated(NamedTuple):
    """What was counted, and in each block [T] the two sums whose ratio is told beside."""

    counted: Counted
    part: Ints
    whole: Ints


class Measured(NamedTuple):
    """The PSI of the last days, and those of earlier windows, latest first: what is usual."""

    now: Psi
    usual: list[float]

    @property
    def limit(self) -> float | None:
        """What one window in twenty exceeds where nothing is new, and no earlier one did; None of fewer than two.

        The upper 95 % prediction limit of the next of so many, their logarithms being normal (Hahn & Meeker 1991).
        """
        n = len(self.usual)
        if n < 2:
            return None
        logs = np.log(np.maximum(self.usual, TINY))
        beyond = stdtrit(n - 1, 0.95) * logs.std(ddof=1) * np.sqrt(1 + 1 / n)
        return float(max(*self.usual, np.exp(logs.mean() + beyond)))


def block_days(settings: DriftSettings) -> int:
    """Days of a block: both periods are whole numbers of blocks."""
    return gcd(settings.days, settings.reference_days)


def n_blocks(settings: DriftSettings) -> int:
    """Blocks that the last days, the earlier windows and what lies before them take at most."""
    return (settings.days * (settings.usual_windows + 1) + settings.reference_days) // block_days(settings)


def needed_days(settings: DriftSettings) -> int:
    """Days without which there is nothing to compare the last ones with."""
    return settings.days + min(settings.days, settings.reference_days)


def measured(counted: Counted, settings: DriftSettings) -> Measured | None:
    """None when there is too little of the last days, or before them."""
    found = list(_windows(counted, settings))
    if not found or found[0] is None:
        return None
    return Measured(found[0], [each.value for each in found[1:] if each is not None])


def last_two(n: Ints, settings: DriftSettings, number: int = 0) -> tuple[Ints, Ints]:
    """Of counts [..., T] the sums over the days before the last ones, and over these; or `number` windows earlier."""
    width, before = (days // block_days(settings) for days in (settings.days, settings.reference_days))
    start = (number + 1) * width
    return n[..., start : start + before].sum(axis=-1), n[..., start - width : start].sum(axis=-1)


def _windows(counted: Counted, settings: DriftSettings) -> Iterator[Psi | None]:
    """The PSI of the last days, then of earlier windows, as far back as there are days.

    What lies before a window may be cut short by the first day, to no less than a window.
    """
    for number in range(settings.usual_windows + 1):
        if number * settings.days + needed_days(settings) > counted.span:
            return
        (rest, later_rest), periods = (last_two(n, settings, number) for n in (counted.rest, counted.n))
        yield psi(*periods, (int(rest), int(later_rest)), settings.min_count)
