"""The last days' receipts by `basketry update --quick`, beside `basketry run` over all before them: by the clock.

python bench/updating_quick.py [--days 7]. A lake in build/bench of the sample's receipts but the last days' is built
from nothing, all steps; then a file of these days arrives and is taken in. Each command starts a session of its own, as
a user's does. A file holds a week and is as old as its last sale, so nothing is late. Each row is also a line of JSON
in bench/results/updating_quick.jsonl.
"""

import argparse
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import mining
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from updating import read_receipts, write_products

RESULTS = mining.HERE / "results" / "updating_quick.jsonl"
FOLDER = mining.WORK / "updating"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    days = parser.parse_args().days
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_products(FOLDER / "raw")
    for row in mining.kept(measured(days), RESULTS):
        print(row)


def measured(days):
    receipts = read_receipts()
    until = pc.max(receipts["day"]).as_py()
    then = until - timedelta(days)
    before, last = between(receipts, date.min, then), between(receipts, then, until)
    land_by_week(before)
    build = timed("run")
    yield {"lines": len(before)} | build
    land(last)
    update = timed("update", "--quick")
    yield {"days": days, "lines": len(last)} | update | {"share": round(update["seconds"] / build["seconds"], 3)}


def between(receipts, after, until):
    """Of the days after the first and up to the second."""
    is_one = pc.and_(pc.greater(receipts["day"], pa.scalar(after)), pc.less_equal(receipts["day"], pa.scalar(until)))
    return receipts.filter(is_one)


def land_by_week(receipts):
    after, last = pc.min(receipts["day"]).as_py() - timedelta(1), pc.max(receipts["day"]).as_py()
    while after < last:
        land(between(receipts, after, after + timedelta(7)))
        after += timedelta(7)


def land(receipts):
    file = FOLDER / "raw" / "receipts" / f"{pc.max(receipts['day']).as_py()}.parquet"
    pq.write_table(receipts.drop_columns("day"), file)
    sold = pc.max(receipts["transaction_timestamp"]).as_py().replace(tzinfo=UTC).timestamp()
    os.utime(file, (sold, sold))


def timed(*command):
    """Seconds of a command, and of each step it did."""
    flags = [f"--set=lake.root={FOLDER}/lake", f"--set=lake.raw={FOLDER}/raw"]
    begun = datetime.now(UTC)
    with (FOLDER / "log").open("a") as log:
        whole = [sys.executable, "-m", "basketry.cli", *command, *flags]
        subprocess.run(whole, cwd=mining.HERE.parent, check=True, stdout=log, stderr=log)
    seconds = (datetime.now(UTC) - begun).total_seconds()
    return {"command": " ".join(command), "seconds": round(seconds, 1), "steps": dict(steps_since(begun))}


def steps_since(begun):
    for row in DeltaTable(FOLDER / "lake" / "ops" / "runs").to_pyarrow_table().to_pylist():
        if row["started_at"] >= begun:
            yield row["step"], round((row["ended_at"] - row["started_at"]).total_seconds(), 1)


if __name__ == "__main__":
    main()
