"""From the landing of a file of receipts to rows that can be queried, at several rates, and the rate that is too much.

python bench/streaming.py [--rates 100 1000 5000 20000] [--seconds 20]. A live stream_lines, in a process of its own,
on a new lake in build/bench: each second a file of RATE lines lands, baskets of six lines of 2,000 items. Of each file:
seconds from its landing to the commit of silver.lines, and of gold.pairs_now, of the batch that took it.
A batch takes what landed during the one before. So while its time is FIXED + lines x EACH, it settles at
FIXED / (1 - rate x EACH), and from 1 / EACH lines a second on it never does: both are fitted to the batches of all
rates. Each row is also a line of JSON in bench/results/streaming.jsonl.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import mining
import numpy as np
from deltalake import DeltaTable

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "streaming.jsonl"
LINES_A_BASKET, N_ITEMS, N_USERS = 6, 2000, 5000
WARM = 20_000
HEAD = "basket_id,line_no,user_id,item_id,quantity,price,timestamp\n"
TABLES = ("silver/lines", "gold/pairs_now")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 1000, 5000, 20_000], help="lines a second")
    parser.add_argument("--seconds", type=int, default=20, help="of each rate")
    asked = parser.parse_args()
    folder = mining.WORK / "streaming"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "raw").mkdir(parents=True)
    # The stream is warm, and its tables are there, before anything is measured: of 100 lines no pair is listed.
    land(folder, 0, WARM, "warm")
    process = started(folder)
    try:
        wait_for(lambda: all(versions(folder, table) for table in TABLES), 120)
        *rows, last = mining.kept(measured(folder, asked), RESULTS)
    finally:
        process.terminate()
        process.wait(timeout=60)
    show(rows)
    print(last)


def started(folder):
    flags = ["stream.trigger=live", "stream.trigger_seconds=0", f"lake.root={folder}/lake", f"lake.raw={folder}/raw"]
    command = [sys.executable, "-m", "basketry.jobs.stream_lines", *(f"--set={flag}" for flag in flags)]
    log = (folder / "log").open("w")
    return subprocess.Popen(command, stderr=log, env=os.environ | {"PYSPARK_PYTHON": sys.executable})


def measured(folder, asked):
    """A row a rate, then one of all."""
    for rate in asked.rates:
        landed = {}
        begun = time.time()
        for second in range(asked.seconds):
            landed |= land(folder, second, rate, f"r{rate}")
            time.sleep(max(0, begun + second + 1 - time.time()))
        while not landed.keys() <= taken(folder).keys():
            time.sleep(0.2)
        yield {"name": "streaming", "rate": rate, **figures(folder, landed)}
    yield saturation(folder)


def land(folder, second, rate, name):
    """{file: when it landed (s)}: whole under its name, as from a till that renames it into place."""
    random = np.random.default_rng(second)
    shares = 1 / np.arange(10, N_ITEMS + 10)
    items = random.choice(N_ITEMS, size=rate, p=shares / shares.sum())
    sold = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    lines = (
        f"{name}-{second}-{n // LINES_A_BASKET},{n % LINES_A_BASKET + 1},u{(n // LINES_A_BASKET * 7919) % N_USERS},"
        f"i{item},1,2.50,{sold}\n"
        for n, item in enumerate(items)
    )
    file = f"{name}-{second:04}.csv"
    hidden = folder / "raw" / f".{file}"
    hidden.write_text(HEAD + "".join(lines))
    hidden.rename(folder / "raw" / file)
    return {file: time.time()}


def figures(folder, landed):
    runs, batches = done(folder), taken(folder)
    of_file = {file: runs[batches[file]] for file in landed}
    found = {}
    for table in TABLES:
        at = versions(folder, table)
        waits = [at[of_file[file][table.replace("/", ".")]] - when for file, when in landed.items()]
        found |= {
            f"{table}_{name}_s": round(float(np.percentile(waits, p)), 2) for name, p in (("p50", 50), ("p99", 99))
        }
    own = sorted({batches[file] for file in landed})
    return found | {name: [runs[number][name] for number in own] for name in ("lines", "seconds")}


def saturation(folder):
    """What a batch takes, and from which rate on the stream falls ever further behind. The first batch warms up."""
    runs = done(folder)
    lines, seconds = np.array([(runs[n]["lines"], runs[n]["seconds"]) for n in sorted(runs)[1:]]).T
    each, fixed = (float(value) for value in np.polyfit(lines, seconds, 1))
    found = {"fixed_s": round(fixed, 1), "each_ms": round(each * 1000, 3), "lines_a_second": round(1 / each)}
    return {"name": "saturation", "batches": len(lines), **found}


def versions(folder, table):
    """{version: when its commit was there (s)}."""
    log = folder / "lake" / table / "_delta_log"
    return {int(p.stem): p.stat().st_mtime for p in log.glob("*.json") if int(p.stem)}


def done(folder):
    """{batch: versions it left, and its seconds}, of the batches that are done."""
    if not (folder / "lake" / "ops" / "runs").exists():
        return {}
    rows = DeltaTable(folder / "lake" / "ops" / "runs").to_pyarrow_table().to_pylist()
    return {
        int(row["run_id"].rsplit("-", 1)[1]): dict(row["output_versions"])
        | {"lines": row["rows_in"], "seconds": round((row["ended_at"] - row["started_at"]).total_seconds(), 1)}
        for row in rows
        if "-batch-" in row["run_id"]
    }


def taken(folder):
    """{file: batch} of the batches that are done, from the log that Spark keeps of the files it met."""
    finished, found = done(folder), {}
    for log in (folder / "lake" / "ops" / "_checkpoints" / "stream_lines" / "files" / "sources" / "0").glob("[0-9]*"):
        for line in log.read_text().splitlines()[1:]:
            entry = json.loads(line)
            if entry["batchId"] in finished:
                found[entry["path"].rsplit("/", 1)[1]] = entry["batchId"]
    return found


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s; see the log beside the lake")
        time.sleep(0.2)


def show(rows):
    print("| lines/s | silver.lines p50 | p99 | gold.pairs_now p50 | p99 | its batches: lines | seconds |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        waits = " | ".join(f"{row[f'{table}_{name}_s']:.0f} s" for table in TABLES for name in ("p50", "p99"))
        lines, seconds = (", ".join(f"{value:,}" for value in row[name]) for name in ("lines", "seconds"))
        print(f"| {row['rate']:,} | {waits} | {lines} | {seconds} |")


if __name__ == "__main__":
    main()
