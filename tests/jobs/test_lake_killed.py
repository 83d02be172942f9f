"""A job that is killed (kill -9 of driver and JVM) leaves whole versions, and the next run gives what it would have."""

import os
import random
import shutil
import signal
import time

import pytest
from deltalake import DeltaTable

from basketry import tables
from tests.support.bad_inputs import row
from tests.support.children import started
from tests.support.lake import LENIENT, Lake, put
from tests.support.tables import rows

PLACES = ("file", "record_number")
CONTENT = {
    tables.FILES: ("file", "n_records", "sha256"),
    tables.RAW_LINES: (*PLACES, "raw", "fault"),
    tables.LINES: (*PLACES, "basket_id", "item_id", "line_number", "quantity", "amount"),
    tables.REJECTS: (*PLACES, "reasons"),
    tables.ITEMS: ("item_id", "item_index"),
    tables.USERS: ("user_id", "user_index", "n_baskets"),
    tables.CHECKS: ("check", "n"),
}


def batch(lake, name, at, quantity):
    lines = [row(f"b{n}", user_id=f"u{n % 3}", quantity=quantity) for n in range(40)]
    put(lake, name, *lines, row("x", price="free"), at=at)


def prepared(lake):
    """A lake with one batch cleaned and a second one, which corrects it, waiting."""
    batch(lake, "a.csv", 1_706_800_000, "1")
    assert lake.run("ingest_lines") == lake.run("clean_lines", *LENIENT) == 0
    batch(lake, "b.csv", 1_706_900_000, "2")
    return lake


def state(lake):
    return {str(table): rows(lake.read(table), *columns) for table, columns in CONTENT.items()}


def finished(lake):
    assert lake.run("ingest_lines") == lake.run("clean_lines", *LENIENT) == 0
    return state(lake)


def copied(lake, folder):
    """The same lake elsewhere, as it stands."""
    shutil.copytree(lake.root, folder / "lake")
    shutil.copytree(lake.raw, folder / "raw")
    return Lake(type(lake.store)(lake.store.spark, str(folder / "lake")), folder / "lake", folder / "raw")


def assert_readable(lake):
    """Every table, by a reader that knows nothing of Spark."""
    for table in CONTENT:
        DeltaTable(lake.store.location(table)).to_pyarrow_table()


@pytest.mark.parametrize(
    "step, where",
    [
        ("ingest_lines", "before:2"),
        *(pytest.param("ingest_lines", w, marks=pytest.mark.full) for w in ("before:1", "after:1", "after:2")),
        *(
            pytest.param("clean_lines", f"{w}:{n}", marks=pytest.mark.full)
            for w in ("before", "after")
            for n in (1, 2, 5)
        ),
    ],
)
def test_the_next_run_finishes_what_a_killed_one_began(lake, tmp_path, step, where):
    undisturbed = copied(prepared(lake), tmp_path / "copy")
    if step == "clean_lines":
        assert lake.run("ingest_lines") == 0
    assert started(lake, step, where, *LENIENT).wait(timeout=300) == -signal.SIGKILL
    assert_readable(lake)
    assert finished(lake) == finished(undisturbed)


@pytest.mark.full
def test_kills_at_any_moment_are_all_made_good(lake, tmp_path):
    chance = random.Random(4)  # noqa: S311
    undisturbed = copied(prepared(lake), tmp_path / "copy")
    began = time.monotonic()
    assert started(copied(lake, tmp_path / "timed"), "clean_lines", "never", *LENIENT).wait(timeout=300) == 0
    longest = time.monotonic() - began
    for number in range(6):
        process = started(lake, ("ingest_lines", "clean_lines")[number % 2], "never", *LENIENT)
        time.sleep(longest * chance.uniform(0.3, 1))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
        assert_readable(lake)
    assert finished(lake) == finished(undisturbed)
