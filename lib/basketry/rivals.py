"""Two runs of one step at once: the first that publishes goes on, the other leaves with exit code 7.

No lock, which a killed run would leave behind: each run looks, before it writes, whether its outputs are as it saw and
left them. What another run writes in the very moment of a write is Delta's to find, which refuses the later of the two.
A run that leaves is not done again here: what it read may be older than the tables it met, so all of it must be done
anew, and schedulers do that, when the other is over.
"""

from collections.abc import Iterable

from basketry.errors import BusyError
from basketry.tables import Table
from basketry.tables.store import Store
from basketry.tables.upkeep import is_same_since


class Outputs:
    """The versions of a step's outputs, as this run first saw and then left them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Table, int] = {}
        self._first: Table | None = None

    def see(self, tables: Iterable[Table]) -> None:
        """Call before the step reads. A table that is not there is made, by whoever needs it first, as version 0."""
        self._known = {table: self._store.version(table) if self._store.exists(table) else 0 for table in tables}

    def refuse_rivals(self) -> None:
        """Call before each write. Raises BusyError when another run published meanwhile.

        Before the first write every output counts. Then it is enough to look at the one written first: all runs of the
        step begin with it.
        """
        for table in self._known if self._first is None else [self._first]:
            if self._store.exists(table) and not is_same_since(self._store, table, self._known[table]):
                written = "nothing of this run was" if self._first is None else "only a part of this run was"
                raise BusyError(
                    f"{table}: another run wrote it after this one began, {written} published; run this step again "
                    "when the other is done"
                )

    def left(self, table: Table, version: int) -> None:
        """Call after each write."""
        self._known[table] = version
        self._first = self._first or table
