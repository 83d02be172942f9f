"""What the usual list holds in shuffled receipts, where audit-null shuffled those that the page is about."""

import json
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.mining.settings import level_digest
from basketry.tables.audits import RULES_KIND
from basketry.tables.snapshot import Snapshot, finished_runs


class Noise(NamedTuple):
    """Of one level, over `draws` shuffles: rules of the usual list with one item on each side, and pairs called
    significant; each as (real, fewest in noise, most in noise).
    """

    level: str
    draws: int
    usual: tuple[int, int, int]
    significant: tuple[int, int, int]


def read_noise(lake: Snapshot) -> list[Noise]:
    """By level, those mined alone: audits of the same receipts with the settings that gold.rules were mined with."""
    runs = [run for run in finished_runs(lake.root) if run["step"] == "mine_rules"]
    # An audit is of all receipts: rules of a period, by --from and --to, have none.
    if not runs or runs[0]["from_on"] or runs[0]["to_on"] or not lake.has(tables.AUDITS):
        return []
    mining = json.loads(runs[0]["settings"])["mining"]
    asked = (ds.field("kind") == RULES_KIND) & (ds.field("mining_digest") == level_digest(mining))
    found = _of_same_rows(lake, lake.frame(tables.AUDITS, where=asked), dict(runs[0]["input_versions"]))
    return [_noise(level, rows) for level, rows in found.groupby("level", sort=True) if level in mining["levels"]]


def _of_same_rows(lake: Snapshot, audits: pd.DataFrame, mined: dict[str, int]) -> pd.DataFrame:
    """The audits of tables that hold the rows that were mined, whatever upkeep came between."""
    for table, column in ((tables.BASKETS, "baskets_version"), (tables.ITEMS, "items_version")):
        same = [v for v in audits[column].unique() if lake.same_rows(table, int(v), mined[str(table)])]
        audits = audits[audits[column].isin(same)]
    return audits


def _noise(level: Any, audits: pd.DataFrame) -> Noise:
    real, shuffled = audits[audits["draw"] == 0], audits[audits["draw"] > 0]
    usual, significant = (
        (int(real[name].iloc[0]), int(shuffled[name].min()), int(shuffled[name].max()))
        for name in ("listed", "significant")
    )
    return Noise(str(level), len(shuffled), usual, significant)
