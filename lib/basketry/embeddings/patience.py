"""When training ends before its last step: once the loss on baskets it never learns from falls no more."""

from math import inf


class Patience:
    """Counts rows of the log since the one with the lowest validation loss (Prechelt 1998); `rows` 0 has no end.

    The loss is the same at every worker, so all end alike.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.best, self.since = inf, 0

    def see(self, loss: float | None) -> bool:
        """Whether `loss` is the lowest so far; None is none, and counts as nothing."""
        if loss is None:
            return False
        is_best = loss < self.best
        self.best, self.since = (loss, 0) if is_best else (self.best, self.since + 1)
        return is_best

    @property
    def is_over(self) -> bool:
        return 0 < self._rows <= self.since
