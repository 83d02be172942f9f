"""A row of gold.drift, and what follows from what was measured."""

from typing import NamedTuple

from basketry.drift.settings import DriftSettings
from basketry.drift.windows import Measured
from basketry.tables.drift import WHOLE_MEASURE


class Row(NamedTuple):
    """In the order of gold.drift."""

    measure: str
    subject: str
    n_reference: int | None
    n_current: int | None
    before: float | None
    now: float | None
    value: float | None
    chance: float | None
    usual: float | None
    usual_max: float | None
    limit: float | None
    n_usual: int
    threshold: float
    p: float | None
    q: float | None
    is_drifted: bool
    action: str
    why: str


def blank(measure: str, why: str, threshold: float, subject: str = WHOLE_MEASURE) -> Row:
    """A row that says why there is nothing to say, or sums up others."""
    nothing = (None,) * 9
    return Row(measure, subject, *nothing, 0, threshold, None, None, False, "none", why)


def verdict(found: Measured, settings: DriftSettings, wanted: str) -> tuple[bool, str]:
    """Whether shares drifted, and the action; `wanted` is that of a drift.

    Chance is taken off, since it grows with the bins and as the sample shrinks. What is no further off than earlier
    windows were is season or noise, and wakes nobody; where they say nothing of that, nothing is more than noted.
    """
    excess, limit = found.now.value - found.now.chance, found.limit
    is_unusual = limit is None or found.now.value > limit
    if is_unusual and limit is not None and excess >= settings.psi:
        return True, wanted
    return False, "note" if is_unusual and excess >= min(settings.note_psi, settings.psi) else "none"
