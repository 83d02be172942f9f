"""A stream that is broken off or killed at any commit, and started again, leaves what an undisturbed one leaves."""

import random
import signal

import pytest

from basketry import tables
from basketry.tables.store import Store
from tests.jobs.test_stopped import stopped
from tests.support.children import started, wait_for
from tests.support.killed import befall
from tests.support.lake import Lake
from tests.support.stream import LIVE, SILVER, places, same_tables, shop_day
from tests.support.tables import rows

# Of a batch; the last is its row of ops.runs.
COMMITS = 12
KILLS = 20


def undisturbed(lake, folder):
    """A stream over the same raw folder, in one go."""
    other = Lake(type(lake.store)(lake.store.spark, str(folder / "undisturbed")), folder / "undisturbed", lake.raw)
    assert other.run("stream_lines", *LIVE) == 0
    return other


def same_of_all(lake, other):
    same_tables(lake, other)
    for table in (tables.CORRECTIONS, tables.PAIRS_NOW):
        assert rows(lake.read(table), *table.column_names) == rows(other.read(table), *table.column_names)
    taken = rows(lake.read(tables.LINES), "file", "record_number")
    assert len(taken) == len(set(taken)) > 0


def break_off():
    raise OSError("broken off")


@pytest.mark.full
def test_batches_broken_off_at_any_commit_are_made_good_by_the_next_start(lake, tmp_path, monkeypatch):
    chance = random.Random(6)  # noqa: S311
    shop_day(lake, 0)
    # In the first batch, in the second after the first is done again, and in the second once more.
    for number in (chance.randint(1, COMMITS), COMMITS + chance.randint(1, 8), chance.randint(1, COMMITS - 2)):
        with monkeypatch.context() as patched:
            patched.setattr(Store, "_commit", Store._commit)
            befall(Store, "_commit", str(number), {chance.choice(("before", "after")): break_off})
            assert lake.run("stream_lines", *LIVE) == 1
        shop_day(lake, 1)
    assert lake.run("stream_lines", *LIVE) == 0
    same_of_all(lake, undisturbed(lake, tmp_path))


@pytest.mark.full
@pytest.mark.timeout(5400)
def test_a_stream_killed_twenty_times_gives_the_tables_of_one_that_was_not(lake, tmp_path):
    chance = random.Random(7)  # noqa: S311
    for day in range(KILLS):
        shop_day(lake, day)
        where = f"{chance.choice(('before', 'after'))}:{chance.randint(1, COMMITS)}"
        process = started(lake, "stream_lines", where, *LIVE)
        assert process.wait(timeout=300) == -signal.SIGKILL
    assert lake.run("stream_lines", *LIVE) == 0
    same_of_all(lake, undisturbed(lake, tmp_path))


@pytest.mark.full
def test_a_live_stream_that_is_told_to_stop_ends_within_ten_seconds_and_goes_on_later(lake, tmp_path):
    shop_day(lake, 0)
    live = ("--set=stream.trigger=live", "--set=stream.trigger_seconds=0.5")
    process = started(lake, "stream_lines", "never", *LIVE, *live, hold_in=tmp_path)
    wait_for(lambda: lake.store.exists(tables.PAIRS_NOW), process=process)
    shop_day(lake, 1)
    stopped(process, within=10)
    assert lake.run("stream_lines", *LIVE) == 0
    other = undisturbed(lake, tmp_path)
    for table in SILVER:
        assert rows(lake.read(table), *places(table)) == rows(other.read(table), *places(table))
