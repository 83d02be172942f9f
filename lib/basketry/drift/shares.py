"""Rows of gold.drift of what is bought, how large baskets are and what is refused, by PSI."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from basketry.drift.psi import Psi
from basketry.drift.rows import Row, blank, verdict
from basketry.drift.settings import DriftSettings
from basketry.drift.tallies import Days
from basketry.drift.windows import Counted, Measured, Rated, last_two, measured, needed_days
from basketry.tables.drift import MOST_MOVED

OTHERS = "all others"
Names = Callable[[Sequence[str]], Mapping[str, str]]


class Asked(NamedTuple):
    """A row to be: its measure and subject, what is counted, as lines, and when."""

    measure: str
    subject: str
    counted: str
    days: Days


class Moved(NamedTuple):
    """A bin that adds much to a PSI: its member, None for all others, and its shares."""

    member: str | None
    before: float
    now: float


def of_shares(
    asked: Asked,
    counted: Counted,
    settings: DriftSettings,
    *,
    names: Names | None = None,
    means: tuple[float, float] | None = None,
) -> Row:
    """The row of shares counted in blocks. `names`: of members, else as they are; `means`: before and now, beside."""
    found = measured(counted, settings)
    if found is None:
        return blank(asked.measure, _too_little(asked, settings), settings.psi, asked.subject)
    now, usual = found
    is_drifted, action = verdict(found, settings, getattr(settings.actions, asked.measure))
    before, late = means or (None, None)
    middle, largest = (median(usual), max(usual)) if usual else (None, None)
    return Row(
        asked.measure, asked.subject, int(now.reference.sum()), int(now.current.sum()), before, late, now.value,
        now.chance, middle, largest, found.limit, len(usual), settings.psi, None, None, is_drifted, action,
        f"{_compared(asked, found, settings)}{_said(most_moved(counted, now, settings), names)}",
    )  # fmt: skip


def of_rated(asked: Asked, rated: Rated, settings: DriftSettings) -> Row:
    """The row of shares with a ratio before and now beside."""
    part, whole = last_two(rated.part, settings), last_two(rated.whole, settings)
    means = (float(part[0] / whole[0]), float(part[1] / whole[1])) if all(whole) else None
    return of_shares(asked, rated.counted, settings, means=means)


def most_moved(counted: Counted, now: Psi, settings: DriftSettings) -> list[Moved]:
    """The bins that add most to the PSI, most first; ties as they are counted."""
    order = np.argsort(-now.parts, kind="stable")[: settings.n_moved]
    before, late = now.reference / now.reference.sum(), now.current / now.current.sum()
    own = [counted.members[place] for place in now.members]
    return [Moved(own[bin_] if bin_ < len(own) else None, before[bin_], late[bin_]) for bin_ in order]


def _said(moved: list[Moved], names: Names | None) -> str:
    """As `; most moved: ham 1.00% -> 2.00%`."""
    members = [each.member for each in moved if each.member is not None]
    named = names(members) if names else {}
    told = [
        f"{OTHERS if member is None else named.get(member, member)} {before:.2%} -> {now:.2%}"
        for member, before, now in moved
    ]
    return f"{MOST_MOVED}{', '.join(told)}" if told else ""


def _compared(asked: Asked, found: Measured, settings: DriftSettings) -> str:
    """The PSI of the last days, beside what chance and earlier windows give."""
    now, usual = found
    first = max(asked.days.first, asked.days.ago(settings.days + settings.reference_days))
    periods = f"{asked.days.ago(settings.days)} to {asked.days.last} beside the days from {first} on"
    told = f"PSI {now.value:.3f} of {asked.counted} in {len(now.parts)} bins, {periods}; {now.chance:.3f} by chance"
    if found.limit is None:
        return f"{told}; too few earlier windows to say what is usual, so that it is noted at most"
    return f"{told}; usually {median(usual):.3f}, unusual above {found.limit:.3f}, by {len(usual)} earlier windows"


def _too_little(asked: Asked, settings: DriftSettings) -> str:
    first, last = asked.days.first, asked.days.last
    if asked.days.span < needed_days(settings):
        return (
            f"not measured: {asked.counted} from {first} to {last}, {asked.days.span} day(s); drift.days and as many "
            f"before them need {needed_days(settings)}"
        )
    return f"not measured: too few {asked.counted} for two bins of drift.min_count = {settings.min_count}"
