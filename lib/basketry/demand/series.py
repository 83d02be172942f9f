"""The weekly series of one level as a matrix."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from basketry.demand.methods import Flags, Numbers

Codes = NDArray[np.int64]


class Series(NamedTuple):
    """`unit_ids`, `store_ids` [series]; `quantity`, `is_out` [series, weeks] from the week of `first_on`.

    `groups` [series] each: a number of the group a unit borrows from, nearest first; -1 without one.
    """

    level: str
    unit_ids: NDArray[np.object_]
    store_ids: NDArray[np.object_]
    first_on: date
    quantity: Numbers
    is_out: Flags
    groups: tuple[Codes, ...] = ()

    @property
    def n_weeks(self) -> int:
        return int(self.quantity.shape[1])

    @property
    def is_seen(self) -> Flags:
        """[series, weeks] from the first sale on, where not out of stock."""
        sold = (self.quantity > 0) & ~self.is_out
        return np.asarray(np.logical_or.accumulate(sold, axis=1) & ~self.is_out)

    @property
    def is_sold(self) -> Flags:
        """[series] sold at all."""
        return np.asarray(self.is_seen.any(axis=1))

    def week_on(self, week: int) -> date:
        """The Monday of a week, counted from 0."""
        return self.first_on + timedelta(weeks=week)

    def head(self, n_weeks: int) -> "Series":
        """The first `n_weeks` of every series."""
        return self._replace(quantity=self.quantity[:, :n_weeks], is_out=self.is_out[:, :n_weeks])

    def until(self, n_weeks: int) -> "Series":
        """What was known after `n_weeks`: units that had sold by then."""
        cut = self.head(n_weeks)
        return cut.part(cut.is_sold)

    def part(self, chosen: Flags) -> "Series":
        """The chosen series [series]."""
        return self._replace(
            unit_ids=self.unit_ids[chosen],
            store_ids=self.store_ids[chosen],
            quantity=self.quantity[chosen],
            is_out=self.is_out[chosen],
            groups=tuple(group[chosen] for group in self.groups),
        )
