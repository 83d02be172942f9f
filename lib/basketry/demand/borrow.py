"""What new units are expected to sell: their own weeks, and those of others in their group when they were new."""

import numpy as np

from basketry.demand.methods import Flags, Numbers
from basketry.demand.series import Codes, Series

# The group counts as this many weeks of the unit's own.
PRIOR_WEEKS = 4
# A group of fewer new weeks says less than the next wider one.
FEWEST = 20


def borrowed(series: Series, is_seen: Flags, new_weeks: int) -> Numbers:
    """[series] mean pieces a week, each unit's own weeks shrunk to those of its group's units while they were new.

    The week of the first sale is left out of both: it is never 0, so it says more than will be sold.
    """
    age = np.cumsum(is_seen, axis=1)
    counts = is_seen & (age > 1)
    own, n_own = np.where(counts, series.quantity, 0).sum(axis=1), counts.sum(axis=1)
    while_new = counts & (age <= max(new_weeks, 2)) & ~_is_old(is_seen, new_weeks)[:, None]
    sums, n_weeks = np.where(while_new, series.quantity, 0).sum(axis=1), while_new.sum(axis=1)
    group = _group_mean(series.groups, sums, n_weeks.astype(np.float64))
    return np.asarray((own + PRIOR_WEEKS * group) / (n_own + PRIOR_WEEKS))


def _is_old(is_seen: Flags, new_weeks: int) -> Flags:
    """[series] sold in the first weeks of the table, so new at an unknown time; none is where all are."""
    old: Flags = np.asarray(is_seen[:, :new_weeks].any(axis=1))
    return old & ~old.all()


def _group_mean(groups: tuple[Codes, ...], sums: Numbers, n_weeks: Numbers) -> Numbers:
    """[series] the mean of the nearest group with enough weeks, else of all."""
    found = np.full(len(sums), sums.sum() / max(n_weeks.sum(), 1))
    for codes in reversed(groups):
        size = int(codes.max(initial=-1)) + 2
        total = np.bincount(codes + 1, weights=sums, minlength=size)
        weeks = np.bincount(codes + 1, weights=n_weeks, minlength=size)
        is_enough = (weeks >= FEWEST)[codes + 1] & (codes >= 0)
        found = np.where(is_enough, (total / np.maximum(weeks, 1))[codes + 1], found)
    return found
