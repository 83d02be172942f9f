"""What follows a visit within a window of days, counted by user, against the same visits in any other order.

The null keeps a user's dates and deals the contents of the visits to them anew, every order alike. With k visits, of
which K_a hold A, K_b hold B and K_ab both, a window of w later visits holds B with probability h(m), where m of the
k - 1 other visits do: h(m) = 1 - C(k - 1 - m, w) / C(k - 1, w). With H(m) the sum of h(m) / k over the visits whose
window is whole, the user is expected to have (K_a - K_ab) H(K_b) + K_ab H(K_b - 1) visits with A and B after it:
exactly, for overlapping windows, busy weeks and baskets with both.

A user's excess is S - T, where T = K_a H(K_b), and S = observed + K_ab (H(K_b) - H(K_b - 1)) differs from 0 only where
A and B met in one visit or one window. So sums over users of the excess and its square are products of sparse
matrices, and no user is ever held against every pair of items.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from scipy.special import gammaln

from basketry.mining.coding import Array

ITEMS_PER_TILE = 256
# Numbers with this many binary digits after the point add up exactly, in whatever order, up to 8 million visits.
FRACTION = 2.0**30


class Visits(NamedTuple):
    """V visits of whole users: `user` [V] ascending from 0, `day` [V] ascending in a user, `held` [V, I] of 0 and 1."""

    user: Array
    day: Array
    held: sp.csr_matrix


class Windows(NamedTuple):
    """`size` [V] visits in the window of each, `is_whole` [V] whether it ends in the period, `held` [V, I] of 0 and 1:
    what a whole window holds; `lead` [V, I]: how often the item is bought in the days after, less those before.
    """

    size: Array
    is_whole: Array
    held: sp.csr_matrix
    lead: sp.csr_matrix


class Chances(NamedTuple):
    """H(m) of one user after the other: that of user u for m = 0 .. k is h[start[u] + m]."""

    start: Array
    h: Array


def windows(visits: Visits, days: int, last_day: int) -> Windows:
    """The windows of the `days` days after each visit, in a period that ends with `last_day`."""
    span = int(visits.day.max(initial=0) - visits.day.min(initial=0)) + days + 1
    at = visits.user.astype(np.int64) * span + visits.day
    size = np.searchsorted(at, at + days, side="right") - np.arange(1, len(at) + 1)
    ends = np.r_[0, np.cumsum(size)]
    later = np.arange(ends[-1]) - np.repeat(ends[:-1] - np.arange(1, len(at) + 1), size)
    reach = sp.csr_matrix((np.ones(len(later)), later, ends), shape=(len(at), len(at)))
    is_whole = visits.day + days <= last_day
    held = (sp.diags_array(is_whole.astype(float)) @ reach @ visits.held).tocsr()
    held.eliminate_zeros()
    held.data[:] = 1
    return Windows(size, is_whole, held, ((reach - reach.T) @ visits.held).tocsr())


def chances(user: Array, seen: Windows) -> Chances:
    """What the order of the visits leaves to chance, for each user."""
    k = np.bincount(user)
    start = np.cumsum(k + 1) - (k + 1)
    (who, w), n = np.unique(np.stack([user, seen.size])[:, seen.is_whole], axis=1, return_counts=True)
    length = k[who] + 1
    m = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    who, w, n = (np.repeat(part, length) for part in (who, w, n))
    h = np.bincount(start[who] + m, n / k[who] * _held_by_window(k[who], m, w), minlength=int((k + 1).sum()))
    return Chances(start, _fixed(h))


def _held_by_window(k: Array, m: Array, w: Array) -> Array:
    """1 - C(k - 1 - m, w) / C(k - 1, w): of w visits drawn from k - 1, at least one is of the m."""
    free = np.maximum(k - 1 - m, w)
    missed = gammaln(free + 1) - gammaln(free - w + 1) - gammaln(k) + gammaln(k - w)
    return np.asarray(np.where(k - 1 - m >= w, -np.expm1(missed), 1.0))


def _fixed(values: Array) -> Array:
    """Rounded so that sums are exact, hence the same however users are spread over partitions."""
    return np.asarray(np.rint(values * FRACTION) / FRACTION)


class Habits:
    """What the users of a block buy and what follows it, added up a tile of first steps at a time.

    A habit is an item of a user: `key` [N] = user * I + item, ascending, in `k` [N] visits, the columns of `rows`.
    """

    def __init__(self, visits: Visits, days: int, last_day: int) -> None:
        self.held, self.n_items = visits.held, visits.held.shape[1]
        self.seen = windows(visits, days, last_day)
        lines = visits.held.tocoo()
        own = visits.user[lines.row].astype(np.int64) * self.n_items + lines.col
        self.key, of_line, self.k = np.unique(own, return_inverse=True, return_counts=True)
        self.rows = sp.csr_matrix((np.ones(len(own)), (of_line, lines.row)), shape=(len(self.key), len(visits.user)))
        self.order = np.argsort(self.key % self.n_items, kind="stable")
        self.starts = np.searchsorted(self.key[self.order] % self.n_items, np.arange(self.n_items + 1))
        self._weigh(visits, chances(visits.user, self.seen))

    def _weigh(self, visits: Visits, chance: Chances) -> None:
        """`alike` [users, I] = H(K_b), `both` [V, I]: what each visit adds to S, `mixed` [V, I]: that times H(K_b)."""
        user, item = self.key // self.n_items, self.key % self.n_items
        at = chance.start[user] + self.k
        h, step = chance.h[at], chance.h[at] - chance.h[at - 1]
        self.alike, self.alike_square = (
            sp.csr_matrix((values, (user, item)), shape=(len(chance.start), self.n_items))
            for values in (h, _fixed(h * h))
        )
        self.both = (self.seen.held + self._times(visits.user, visits.held, step)).tocsr()
        self.mixed = self._times(visits.user, self.both, h)

    def _times(self, user: Array, lines: sp.csr_matrix, value: Array) -> sp.csr_matrix:
        """`lines` [V, I], each times the `value` [N] of its habit."""
        who = np.repeat(user, np.diff(lines.indptr)).astype(np.int64)
        habit = np.searchsorted(self.key, who * self.n_items + lines.indices)
        return sp.csr_matrix((_fixed(lines.data * value[habit]), lines.indices, lines.indptr), shape=lines.shape)

    def margins(self) -> tuple[Array, Array]:
        """[I + 1]: of the visits with a whole window, those with the item and those followed by it; last: all."""
        whole = self.seen.is_whole
        left = np.asarray(self.held[whole].sum(axis=0)).ravel()
        right = np.asarray(self.seen.held.sum(axis=0)).ravel()
        return np.r_[left, whole.sum()].astype(np.int64), np.r_[right, whole.sum()].astype(np.int64)

    def observed(self, first: int) -> tuple[Array, Array, Array]:
        """Dense [tile, I]: visits with A and B in the window, users with such a visit, and those of the top user."""
        _, some = self._tile(first)
        found = (self.rows[some] @ self.seen.held).tocoo()
        cell = (self.key[some] % self.n_items - first)[found.row] * self.n_items + found.col
        n_cells = min(ITEMS_PER_TILE, self.n_items - first) * self.n_items
        top = np.zeros(n_cells, np.int64)
        np.maximum.at(top, cell, found.data.astype(np.int64))
        n = np.bincount(cell, found.data, minlength=n_cells).astype(np.int64)
        return n, np.bincount(cell, minlength=n_cells), top

    def excess(self, first: int) -> tuple[Array, Array]:
        """[tile, I]: sums over users of their visits with A and B in the window less the expected; of its square."""
        gather, some = self._tile(first)
        own = self.rows[some] @ self.both
        by_visit = gather.multiply(self.k[some]).tocsr() @ self.rows[some]
        place = gather.tocoo().row, self.key[some] // self.n_items
        by_user = sp.csr_matrix((self.k[some], place), shape=(gather.shape[0], self.alike.shape[0]))
        total = gather @ own - by_user @ self.alike
        square = gather @ _squared(own) - 2 * (by_visit @ self.mixed) + by_user.power(2) @ self.alike_square
        return total.toarray(), square.toarray()

    def lead(self, first: int) -> tuple[Array, Array]:
        """[tile, I]: sums over users of "B in the days after A, less before it", in pairs of visits; of its square."""
        gather, some = self._tile(first)
        own = self.rows[some] @ self.seen.lead
        return (gather @ own).toarray(), (gather @ _squared(own)).toarray()

    def reverse(self, first: int) -> Array:
        """[tile, I]: visits with B and A in the window."""
        return np.asarray((self.seen.held[:, first : first + ITEMS_PER_TILE].T @ self.held).toarray())

    def _tile(self, first: int) -> tuple[sp.csr_matrix, Array]:
        """The habits of the items from `first` on, and the matrix [tile, habits] that adds them up by item."""
        bounds = self.starts[first : first + ITEMS_PER_TILE + 1]
        some = self.order[bounds[0] : bounds[-1]]
        shape = len(bounds) - 1, len(some)
        return sp.csr_matrix((np.ones(len(some)), np.arange(len(some)), bounds - bounds[0]), shape=shape), some


def _squared(values: sp.csr_matrix) -> sp.csr_matrix:
    return sp.csr_matrix((_fixed(values.data**2), values.indices, values.indptr), shape=values.shape)
