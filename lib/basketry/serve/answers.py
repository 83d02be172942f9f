"""The tables in memory, arranged for a look-up by id. Never changed: a newer state is another object."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from basketry import tables
from basketry.recommend.settings import RecommendSettings
from basketry.serve.cart import Carts, carts_of
from basketry.tables import Table
from basketry.tables.recommend import ANYONE
from basketry.tables.snapshot import Snapshot, finished_runs

USED: tuple[Table, ...] = (tables.ITEMS, tables.PAIRS, tables.RECOMMENDATIONS, tables.ITEM_AFFINITIES,
                             tables.EXCLUDED_ITEMS)  # fmt: skip
PAIRS = ("n_ab", "expected", "adjusted_lift", "q", "replicated", "direction")
# Rows made into Python objects at once: no request is answered meanwhile, so they must take less than a millisecond.
AT_ONCE = 2_000


@dataclass(frozen=True)
class Grouped:
    """Rows of a table in the order of a key, and where the rows of each key lie."""

    rows: pa.Table
    starts: dict[str, int]
    ends: dict[str, int]

    def of(self, key: str) -> list[dict[str, Any]]:
        """The rows of a key; none when it is not there."""
        start = self.starts.get(key, 0)
        found: list[dict[str, Any]] = self.rows.slice(start, self.ends.get(key, 0) - start).to_pylist()
        return found


@dataclass(frozen=True)
class Answers:
    """`versions`: of each table used; `version`: a digest of them that names this state."""

    versions: dict[str, int]
    version: str
    names: dict[str, str]
    pairs: Grouped
    recommendations: Grouped
    carts: Carts

    def name(self, item_id: str) -> str:
        return self.names.get(item_id) or item_id


def load(lake: Snapshot, settings: RecommendSettings) -> Answers:
    """Raises MissingInputError naming the first table that is not there."""
    versions = versions_of(lake)
    wanted = ("user_id", "list", "position", "item_id", "score", "source", "contributions", "reasons")
    recommended = lake.read(tables.RECOMMENDATIONS, wanted)
    order = [("user_id", "ascending"), ("list", "ascending"), ("position", "ascending")]
    recommendations = grouped(recommended.sort_by(order), "user_id")
    cold = [row for row in recommendations.of(ANYONE) if row["list"] == "explore"]
    return Answers(
        versions, _digest(versions), _names(lake), _pairs(lake), recommendations,
        carts_of(lake, cold, as_learnt(lake.root, settings)),
    )  # fmt: skip


def versions_of(lake: Snapshot) -> dict[str, int]:
    return {str(table): lake.version(table) for table in USED}


def grouped(rows: pa.Table, key: str) -> Grouped:
    """`rows` that are sorted by `key`, by runs of equal keys: no object is made of a row."""
    runs = pc.run_end_encode(rows[key].combine_chunks())
    keys, ends = runs.values.to_pylist(), runs.run_ends.to_numpy()
    starts = np.r_[0, ends][:-1]
    spans = (dict(zip(keys, places.tolist(), strict=True)) for places in (starts, ends))
    return Grouped(rows.combine_chunks(), *spans)


def _names(lake: Snapshot) -> dict[str, str]:
    items = lake.read(tables.ITEMS, ("item_id", "name"))
    names: dict[str, str] = {}
    for start in range(0, len(items), AT_ONCE):
        some = items.slice(start, AT_ONCE)
        names.update(zip(some["item_id"].to_pylist(), some["name"].to_pylist(), strict=True))
    return names


def _pairs(lake: Snapshot) -> Grouped:
    """Significant pairs of items, both ways: item, other, and PAIRS; furthest from chance first."""
    where = (ds.field("level") == "item") & ds.field("is_significant")
    found = lake.read(tables.PAIRS, ("item_a", "item_b", *PAIRS), where)
    both = pa.concat_tables([_named(found, "item_a", "item_b"), _named(found, "item_b", "item_a")])
    gap = pc.abs(pc.subtract(both["n_ab"].cast("double"), both["expected"]))
    order = [("item", "ascending"), ("gap", "descending"), ("other", "ascending")]
    return grouped(both.append_column("gap", gap).sort_by(order).drop_columns("gap"), "item")


def _named(pairs: pa.Table, item: str, other: str) -> pa.Table:
    return pa.table([pairs[item], pairs[other], *[pairs[name] for name in PAIRS]], names=["item", "other", *PAIRS])


def _digest(versions: dict[str, int]) -> str:
    return sha256(repr(sorted(versions.items())).encode()).hexdigest()[:12]


def as_learnt(root: str, settings: RecommendSettings) -> RecommendSettings:
    """The settings of the run that the lists come from; the present ones when no run says so."""
    learnt: Sequence[dict[str, Any]] = [run for run in finished_runs(root) if run["step"] == "train_als"]
    return RecommendSettings.model_validate(json.loads(learnt[0]["settings"])["recommend"]) if learnt else settings
