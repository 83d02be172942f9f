"""A copy of what the service reads of the lake, and newer versions of it, as a run would publish them."""

import json
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake

from basketry import tables
from basketry.serve.answers import USED

WORK = Path("build/bench/served")
CHANGED = tables.RECOMMENDATIONS


def copied(lake):
    """A lake of its own with the tables that the service reads."""
    shutil.rmtree(WORK, ignore_errors=True)
    for table in (*USED, tables.RUNS):
        shutil.copytree(lake / table.layer / table.name, WORK / table.layer / table.name)
    return WORK


@contextmanager
def publishing(lake, every_s):
    """Meanwhile, every so many seconds: the recommendations written anew, and the run that says so."""
    rows, run = _read(lake, CHANGED), _read(lake, tables.RUNS)
    run = run.filter(pc.equal(run["step"], "train_als")).slice(0, 1)
    over = threading.Event()

    def publish():
        while not over.wait(every_s):
            write_deltalake(_place(lake, CHANGED), rows, mode="overwrite")
            _record(lake, run)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def reloads(log):
    """(start, end) in seconds since 1970 of every reload that the service's log tells of."""
    events = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    at = {name: [_seconds(e["timestamp"]) for e in events if e["event"] == name] for name in ("reload", "answers from")}
    return list(zip(at["reload"], at["answers from"], strict=False))


def _record(lake, run):
    now = datetime.now(UTC)
    version = DeltaTable(_place(lake, CHANGED)).version()
    (row,) = run.to_pylist()
    row |= {"run_id": f"bench-{version}", "started_at": now, "ended_at": now}
    row |= {"output_versions": [(str(CHANGED), version)]}
    write_deltalake(_place(lake, tables.RUNS), pa.Table.from_pylist([row], run.schema), mode="append")


def _read(lake, table):
    return DeltaTable(_place(lake, table)).to_pyarrow_table()


def _place(lake, table):
    return str(lake / table.layer / table.name)


def _seconds(timestamp):
    return datetime.fromisoformat(timestamp).timestamp()
