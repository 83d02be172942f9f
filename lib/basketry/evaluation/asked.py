"""Cases, lists and what is known of items as arrays on the driver, each item and case by its position."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.shown import Ints, Known

Flags = npt.NDArray[np.bool_]
NEW, HEAVY, COLD, SEGMENT = "new_users", "heavy_users", "cold_items", "segment:"
# Heavy users visit more often than this share of the users.
HEAVY_ABOVE = 0.9


class Held(NamedTuple):
    """Which of `n_items` items each case holds: case * n_items + item, ascending."""

    keys: npt.NDArray[np.int64]
    n_items: int

    def has(self, items: Ints) -> Flags:
        """Whether each case holds what stands at its places [cases, places]; -1, nothing, is never held."""
        wanted = np.arange(len(items), dtype=np.int64)[:, None] * self.n_items + items
        place = np.minimum(np.searchsorted(self.keys, wanted), max(len(self.keys) - 1, 0))
        found = self.keys[place] == wanted if len(self.keys) else np.zeros(items.shape, dtype=np.bool_)
        return np.asarray(found & (items >= 0))

    def per_case(self, n_cases: int) -> Ints:
        """How many items each case holds."""
        return np.asarray(np.bincount(self.keys // self.n_items, minlength=n_cases))

    def only(self, items: Flags) -> "Held":
        """What is held of these items."""
        return Held(self.keys[items[self.keys % self.n_items]], self.n_items)


class Asked(NamedTuple):
    """The cases of a task by case_id: a number a user (a case of nobody has its own), whether there is a user, what is
    relevant, what the user bought before, and which cases are in each slice.
    """

    case_ids: pa.Array
    users: Ints
    is_named: Flags
    relevant: Held
    before: Held
    slices: Mapping[str, Flags]


def known_items(train: DataFrame, items: DataFrame) -> Known:
    """What is known of every item bought before the cut, by item_id; categories by silver.items."""
    bought = train.groupBy("item_id").agg(F.sum("n_baskets").alias("n"))
    # silver.items has a row an item: nothing is multiplied.
    told = bought.join(items.select("item_id", "category"), on="item_id", how="left").toArrow().sort_by("item_id")
    n = told["n"].to_numpy().astype(np.int64)
    category = told["category"].combine_chunks().dictionary_encode().indices
    own = pc.is_null(category).to_numpy(zero_copy_only=False)
    numbers = np.where(own, len(n) + np.arange(len(n)), pc.fill_null(category, 0).to_numpy())
    return Known(told["item_id"].combine_chunks(), n, numbers)


def ask(task: str, cases: DataFrame, known: Known, heavy_above: float, settings: EvaluationSettings) -> Asked:
    """The cases on the driver: (case_id, user_id, relevant, before, n_visits, segment), key case_id.

    Users of the slice heavy_users have more visits than `heavy_above`. The driver holds 8 bytes an item that is
    relevant or was bought. Raises ContractError without cases.
    """
    columns = ("case_id", "user_id", "relevant", "before", "n_visits", "segment")
    found = cases.select(*columns).toArrow().sort_by("case_id")
    if not len(found):
        raise ContractError(f"evaluate: no {task} case in the holdout; choose a longer evaluation.holdout_days")
    return Asked(
        found["case_id"].combine_chunks(),
        user_numbers(found),
        found["user_id"].is_valid().to_numpy(),
        _held(found["relevant"], known.items),
        _held(found["before"], known.items),
        _slices(found, heavy_above, settings),
    )


def listed(lists: pa.Table, names: Mapping[str, str], asked: Asked, known: Known, places: int) -> dict[str, Ints]:
    """By model the items listed [cases, places], -1 where the list has ended.

    `lists` (model, case_id, position, item_id) has each model under the name that `names` gives; rows of other models
    and of cases not asked are passed over.
    """
    row = _positions(lists["case_id"], asked.case_ids)
    item, place = _positions(lists["item_id"], known.items), lists["position"].to_numpy() - 1
    model = _positions(lists["model"], pa.array(list(names.values())))
    kept = (row >= 0) & (item >= 0) & (place < places)
    tables: dict[str, Ints] = {name: np.full((len(asked.case_ids), places), -1, dtype=np.int32) for name in names}
    for number, table in enumerate(tables.values()):
        these = kept & (model == number)
        table[row[these], place[these]] = item[these]
    return tables


def heavy_above(past: DataFrame) -> float:
    """The visits that a heavy user has more of: HEAVY_ABOVE of all users before the cut have no more."""
    return float(past.agg(F.percentile("n_visits", F.lit(HEAVY_ABOVE))).collect()[0][0])


def user_numbers(found: pa.Table) -> Ints:
    """A number a user of (case_id, user_id); a case of nobody has its own."""
    ids, named = found["user_id"], found["user_id"].is_valid()
    whole = pc.binary_join_element_wise("u", pc.fill_null(ids, ""), "")
    alone = pc.binary_join_element_wise("c", found["case_id"], "")
    return np.asarray(pc.if_else(named, whole, alone).combine_chunks().dictionary_encode().indices.to_numpy())


def _held(lists: pa.ChunkedArray, items: pa.Array) -> Held:
    whole = lists.combine_chunks()
    row = pc.list_parent_indices(whole).to_numpy(zero_copy_only=False).astype(np.int64)
    item = _positions(pc.list_flatten(whole), items)
    return Held(np.sort(row[item >= 0] * len(items) + item[item >= 0]), len(items))


def _positions(values: pa.Array | pa.ChunkedArray, known: pa.Array) -> Ints:
    """Where each value stands among the known; -1 where it does not."""
    return np.asarray(pc.fill_null(pc.index_in(values, value_set=known), -1).to_numpy(zero_copy_only=False))


def _slices(found: pa.Table, heavy_above: float, settings: EvaluationSettings) -> dict[str, Flags]:
    """Users by their visits before the cut, none for a user never seen; and by segment. Cases of nobody are in none."""
    visits = pc.fill_null(found["n_visits"], 0).to_numpy()
    named = found["user_id"].is_valid().to_numpy()
    segments = found["segment"].combine_chunks()
    by_segment = {f"{SEGMENT}{name}": _equal(segments, name) for name in _sorted_names(segments)}
    return {NEW: named & (visits <= settings.new_user_visits), HEAVY: named & (visits > heavy_above), **by_segment}


def _equal(values: pa.Array, name: str) -> Flags:
    return np.asarray(pc.fill_null(pc.equal(values, name), False).to_numpy(zero_copy_only=False))


def _sorted_names(values: pa.Array) -> Iterable[str]:
    return sorted(name for name in values.unique().to_pylist() if name is not None)
