"""A step that its scheduler stops (SIGTERM): over within 10 s, its tables whole, its end on record, no process left.

A machine with much else to do may not get the row written within these 10 s.
"""

import signal
import time

import pytest
from deltalake import DeltaTable

from basketry import tables
from basketry.stopping import STOPPED
from tests.support.children import alive, family, started, wait_for
from tests.support.lake import UNJUDGED
from tests.support.samples import LONG_TRAINING, planted_baskets
from tests.support.tables import rows


def stopped(process, within):
    """Send SIGTERM; nothing of the process and of all it started may be left after so many seconds. Gives its log."""
    everyone = family(process.pid)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    wait_for(lambda: not alive(everyone), seconds=10)
    took = time.monotonic() - began
    assert (process.returncode, took < within) == (STOPPED, True), f"{took:.1f} s\n{said}"
    return said


def recorded(lake):
    return rows(lake.read(tables.RUNS), "step", "outcome", "exit_code", "message")


@pytest.mark.full
def test_a_step_amid_a_spark_job_between_two_writes(lake, tmp_path):
    lake.put(tables.ITEMS, "item_id item_index\na 0")
    lake.put(tables.LINES, "basket_id item_id user_id\n1 a u")
    lake.store.create(tables.RUNS)
    process = started(lake, "build_baskets", "busy:2", hold_in=tmp_path, GRACE="100")
    wait_for((tmp_path / "held").exists, process=process)
    # How fast the row is written is for the machine to say, and here for all that runs beside it.
    said = stopped(process, within=110)
    assert DeltaTable(lake.store.location(tables.BASKETS)).to_pyarrow_table().num_rows == 1
    assert not lake.store.exists(tables.INTERACTIONS)
    assert recorded(lake), said
    ((step, outcome, code, message),) = recorded(lake)
    assert (step, outcome, code) == ("build_baskets", "failed", STOPPED)
    assert message.startswith("stopped by SIGTERM")
    assert lake.run("build_baskets") == 0
    assert rows(lake.read(tables.INTERACTIONS), "user_id") == [("u",)]


@pytest.mark.parametrize("comm", ["horovodrun", pytest.param("spark", marks=pytest.mark.full)])
def test_a_training_with_all_its_workers(lake, tmp_path, comm):
    picture = [f"b{n:03d} {{{' '.join(f'i{i:02d}' for i in b)}}}" for n, b in enumerate(planted_baskets(100))]
    lake.put(tables.BASKETS, "\n".join(["basket_id items", *picture]))
    flags = [
        UNJUDGED,
        *LONG_TRAINING,
        f"--set=embeddings.comm={comm}",
        f"--set=embeddings.work_dir={tmp_path / 'work'}",
    ]
    (tmp_path / "work").mkdir()
    lake.store.create(tables.RUNS)
    process = started(lake, "train_embeddings", "never", *flags, hold_in=tmp_path)
    wait_for(lambda: any((tmp_path / "work").rglob("log.jsonl")), process=process)
    stopped(process, within=10)
    assert not lake.store.exists(tables.ITEM_EMBEDDINGS)
    assert [row[:3] for row in recorded(lake)] in ([("train_embeddings", "failed", STOPPED)], [])
