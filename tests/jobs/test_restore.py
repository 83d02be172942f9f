"""A run that left something wrong is taken back: tables, the page and the service, and what runs next."""

from pathlib import Path

import pytest

from basketry import tables
from basketry.errors import MissingInputError
from basketry.restore import restore_run
from basketry.tables.snapshot import snapshot
from tests.support.tables import rows

STEP = "build_baskets"
LINES = """
basket_id  line_number  item_id  user_id  sold_on
b1         1            beer     ann      2024-01-01
b2         1            eel      bob      2024-01-02
"""
BUILT = [("b1", ("beer",)), ("b2", ("eel",))]


@pytest.fixture
def spoilt(lake):
    """After a good run, and one that ended well although half of the lines were gone."""
    lake.put(tables.LINES, LINES)
    lake.put(tables.ITEMS, "item_id\nbeer\neel")
    assert lake.run(STEP, "--run-id", "good") == 0
    lake.put(tables.LINES, "\n".join(LINES.strip().splitlines()[:-1]))
    assert lake.run(STEP, "--run-id", "spoilt") == 0
    assert baskets(lake) == BUILT[:1]
    return lake


def baskets(lake):
    return rows(lake.read(tables.BASKETS), "basket_id", "items")


def versions(lake, run_id):
    return lake.read(tables.RUNS).where(f"run_id = '{run_id}'").first()["output_versions"]


def test_tables_are_as_the_run_left_them_and_later_runs_are_withdrawn(spoilt):
    good = versions(spoilt, "good")
    restored = {str(table): then for table, then, _ in restore_run(spoilt.store, "good", [])}
    assert restored == good
    assert baskets(spoilt) == BUILT
    assert rows(spoilt.read(tables.INTERACTIONS), "user_id") == [("ann",), ("bob",)]
    # What the page and the service read: the rows of that run, by its own version.
    assert snapshot(str(spoilt.root)).version(tables.BASKETS) == good["silver.baskets"]
    runs = rows(spoilt.read(tables.RUNS), "run_id", "outcome", "exit_code")
    assert runs == [("good", "done", 0), ("spoilt", "failed", 5)]
    assert list(restore_run(spoilt.store, "good", [STEP]))
    assert baskets(spoilt) == BUILT


def test_without_all_files_nothing_is_restored(spoilt):
    version = versions(spoilt, "good")["silver.baskets"]
    was = spoilt.store.read(tables.BASKETS, version).inputFiles()
    now = set(spoilt.read(tables.BASKETS).inputFiles())
    gone = [Path(name.removeprefix("file:")) for name in was if name not in now]
    assert gone
    for path in gone:
        path.unlink()
    before = spoilt.store.version(tables.INTERACTIONS)
    with pytest.raises(MissingInputError, match=rf"silver\.baskets: files of version {version}.*nothing was restored"):
        list(restore_run(spoilt.store, "good", []))
    assert spoilt.store.version(tables.INTERACTIONS) == before
    with pytest.raises(MissingInputError, match=r"good: no finished mine_rules of that run"):
        list(restore_run(spoilt.store, "good", ["mine_rules"]))
    with pytest.raises(MissingInputError, match=r"nobody: no finished step of that run"):
        list(restore_run(spoilt.store, "nobody", []))
