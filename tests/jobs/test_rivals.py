"""Two runs of one step at once, in two processes: one publishes all, the other leaves with exit code 7."""

import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from delta.exceptions import base

from basketry import tables
from basketry.arguments import Arguments
from basketry.config import Settings
from basketry.errors import BusyError
from basketry.job import Run
from basketry.pipeline import JOBS
from basketry.rivals import Outputs
from basketry.runs import Outcome, record
from basketry.tables.conflicts import CONFLICTS
from tests.support.children import started, wait_for
from tests.support.tables import rows

OUTPUTS = (tables.BASKETS, tables.OVERSIZE_BASKETS, tables.INTERACTIONS)


@pytest.fixture
def sold(lake):
    lake.put(tables.ITEMS, "item_id item_index\na 0\nb 1")
    lake.put(
        tables.LINES,
        """
        basket_id  item_id  user_id  sold_on
        1          a        u        2024-01-01
        1          b        u        2024-01-01
        2          a        v        2024-02-01
        """,
    )
    return lake


@pytest.mark.parametrize(
    "number, published",
    [
        # Held before its first write, it finds what the other published meanwhile, and publishes nothing.
        pytest.param(1, "nothing of this run was published", id="before its first write"),
        # Held before its second: it has published one table, which the other then replaced.
        pytest.param(2, "only a part of this run was published", id="amid its writes", marks=pytest.mark.full),
    ],
)
def test_the_run_that_another_overtook_leaves_and_the_other_stands_whole(sold, tmp_path, number, published):
    held = started(sold, "build_baskets", f"hold:{number}", hold_in=tmp_path)
    wait_for((tmp_path / "held").exists, process=held)
    assert sold.run("build_baskets", "--to", "2024-02-01", "--run-id", "other") == 0
    versions = {table: sold.store.version(table) for table in OUTPUTS}
    (tmp_path / "go").touch()
    _, said = held.communicate(timeout=300)
    assert held.returncode == 7, said
    assert "another run wrote it after this one began" in said and published in said
    assert {table: sold.store.version(table) for table in OUTPUTS} == versions
    assert rows(sold.read(tables.BASKETS), "basket_id") == [("1",)]
    assert rows(sold.read(tables.INTERACTIONS), "user_id") == [("u",), ("u",)]
    outcomes = rows(sold.read(tables.RUNS), "outcome", "exit_code")
    assert outcomes == [("done", 0), ("failed", 7)]


def test_upkeep_meanwhile_is_no_rival(sold):
    outputs = Outputs(sold.store)
    outputs.see([tables.LINES])
    sold.store.delta_table(tables.LINES).optimize().executeCompaction()
    outputs.refuse_rivals()
    sold.put(tables.LINES, "basket_id\n3")
    with pytest.raises(BusyError, match=r"silver\.lines: another run wrote it"):
        outputs.refuse_rivals()


def test_every_refusal_that_delta_has_a_name_for_counts():
    named = [each for _, each in inspect.getmembers(base, inspect.isclass) if each.__module__ == base.__name__]
    assert set(named) == set(CONFLICTS)


def test_steps_that_end_at_the_same_time_each_leave_their_row(lake):
    together = threading.Barrier(2)

    def end(step):
        for number in range(4):
            run = Run(JOBS[step], f"run-{number}", Arguments(Settings()), lake.store, None, Outputs(lake.store), None)
            together.wait(60)
            record(run, datetime.now(UTC), Outcome())

    with ThreadPoolExecutor(2) as pool:
        ended = [pool.submit(end, step) for step in ("mine_rules", "forecast_demand")]
    # Who fails makes the other wait in vain: its own error says why.
    assert [each.exception() for each in ended] == [None, None]
    assert lake.read(tables.RUNS).count() == 8
