"""What one pass over the baskets says: how many, when, and in which months the two sides of a rule met."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from basketry import tables
from basketry.report.labels import Labels
from basketry.tables.snapshot import Snapshot

Ints = npt.NDArray[np.int64]
COLUMNS = ("user_id", "sold_on", "items")


class Sides(NamedTuple):
    """The two sides of a rule, as items of the level."""

    level: str
    antecedent: tuple[str, ...]
    consequent: tuple[str, ...]

    @classmethod
    def of(cls, rule: dict[str, Any]) -> "Sides":
        return cls(rule["level"], tuple(rule["antecedent"]), tuple(rule["consequent"]))


@dataclass
class Receipts:
    """What was counted. Months are YYYY-MM.

    `baskets`, `lines`: by month; `met`: by (place of the rule, month), baskets with the antecedent and with both.
    """

    first_on: date | None = None
    last_on: date | None = None
    baskets: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    met: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)


def read_receipts(lake: Snapshot, rules: Sequence[Sides], labels: Labels) -> Receipts:
    """One pass, a batch at a time; holds one string an item and a user."""
    found = Receipts()
    levels = {rule.level for rule in rules}
    coders = {
        level: _Coder(labels.group_of(level), [rule for rule in rules if rule.level == level]) for level in levels
    }
    for batch in lake.batches(tables.BASKETS, COLUMNS):
        if batch.num_rows:
            _count(found, batch, rules, coders)
    return found


def _count(found: Receipts, batch: pa.RecordBatch, rules: Sequence[Sides], coders: dict[str, "_Coder"]) -> None:
    ends = pc.min_max(batch["sold_on"]).as_py()
    found.first_on = min(day for day in (found.first_on, ends["min"]) if day)
    found.last_on = max(day for day in (found.last_on, ends["max"]) if day)
    found.users |= set(pc.unique(batch["user_id"]).to_pylist()) - {None}
    found.items |= set(pc.unique(pc.list_flatten(batch["items"])).to_pylist())
    month = np.asarray(pc.strftime(batch["sold_on"], format="%Y-%m").to_pylist(), dtype=object)
    names, code = np.unique(month.astype(str), return_inverse=True)
    sizes = pc.list_value_length(batch["items"]).to_numpy(zero_copy_only=False)
    found.baskets.update(dict(zip(names, np.bincount(code).tolist(), strict=True)))
    found.lines.update(dict(zip(names, np.bincount(code, weights=sizes).astype(int).tolist(), strict=True)))
    for level, coder in coders.items():
        held = coder.held(batch["items"])
        for number, rule in enumerate(rules):
            if rule.level == level:
                _meet(found.met, number, coder.rows_with(held, rule), names, code)


def _meet(
    met: dict[tuple[int, str], tuple[int, int]], number: int, rows: tuple[Ints, Ints], names: npt.NDArray[np.str_],
    code: npt.NDArray[np.intp],
) -> None:  # fmt: skip
    with_antecedent, with_both = (np.bincount(code[side], minlength=len(names)).tolist() for side in rows)
    for name, n_antecedent, freq in zip(names.tolist(), with_antecedent, with_both, strict=True):
        before = met.get((number, name), (0, 0))
        met[number, name] = (before[0] + n_antecedent, before[1] + freq)


class _Coder:
    """Baskets as columns of the items that rules of one level are about."""

    def __init__(self, group_of: dict[str, str], rules: Sequence[Sides]) -> None:
        self.wanted = pd.Index(sorted({item for rule in rules for item in (*rule.antecedent, *rule.consequent)}))
        code = pd.Series(group_of, dtype=object).map({item: n for n, item in enumerate(self.wanted)}).dropna()
        self.items, self.code = pd.Index(code.index), code.to_numpy(dtype=np.int64)

    def held(self, items: pa.ListArray) -> sparse.csc_array:
        """[baskets, wanted]: which basket holds what."""
        place = self.items.get_indexer(pd.Index(pc.list_flatten(items).to_numpy(zero_copy_only=False)))
        known = place >= 0
        row, column = pc.list_parent_indices(items).to_numpy()[known], self.code[place[known]]
        found = sparse.csc_array((np.ones(len(row)), (row, column)), shape=(len(items), len(self.wanted)))
        found.sum_duplicates()
        return found

    def rows_with(self, held: sparse.csc_array, rule: Sides) -> tuple[Ints, Ints]:
        """The baskets with the antecedent, and those with both sides."""
        with_antecedent = self._rows(held, rule.antecedent)
        return with_antecedent, np.intersect1d(with_antecedent, self._rows(held, rule.consequent), assume_unique=True)

    def _rows(self, held: sparse.csc_array, items: Sequence[str]) -> Ints:
        columns = [held.indices[held.indptr[c] : held.indptr[c + 1]] for c in self.wanted.get_indexer(pd.Index(items))]
        rows = columns[0]
        for column in columns[1:]:
            rows = np.intersect1d(rows, column, assume_unique=True)
        return np.asarray(rows, dtype=np.int64)
