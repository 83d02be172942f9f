"""How soon `basketry serve` answers on one core, at a fixed rate of requests: python bench/serving.py [--rate 200].

The load tool is vegeta: its rate does not fall when answers are slow, so none of the waiting is left out. The service
has core 0, vegeta another. Requests for the lake of `make run`: half are users, three in ten items, two in ten carts of
1 to 15 items; one id in twenty is not known. Then the same while newer tables are published every few seconds, which
the service loads: the latencies of that row are those of the requests that met such a reload. Needs `vegeta` on the
PATH: go install github.com/tsenart/vegeta/v12@v12.13.0. Rows are also lines of JSON in bench/results/serving.jsonl.
"""

import argparse
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from deltalake import DeltaTable
from mining import kept
from publishing import copied, publishing, reloads

RESULTS = Path(__file__).parent / "results" / "serving.jsonl"
LAKE = Path("data/lake")
LIMIT_MS = 20
N_TARGETS = 5_000
LATENCIES = ("50th", "95th", "99th", "max")
# The service looks for newer tables, and they are published, this often (s): more often than anyone would.
LOOK_S, PUBLISH_S = 1, 3
# The service has core 0 to itself.
OTHERS = os.sched_getaffinity(0) - {0} or {0}
UNKNOWN, KINDS, SHARES = 0.05, ("user", "item", "cart"), (0.5, 0.3, 0.2)


class Sent(NamedTuple):
    """When a request was sent (s since 1970), the status of its answer, and how long that took (s)."""

    at: float
    status: int
    took: float


class Served(NamedTuple):
    port: int
    process: psutil.Process
    log: Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=30)
    asked = parser.parse_args()
    if not shutil.which("vegeta"):
        sys.exit("serving: no vegeta on the PATH; go install github.com/tsenart/vegeta/v12@v12.13.0")
    if not LAKE.is_dir():
        sys.exit(f"serving: no lake at {LAKE}; run `make run` first")
    os.sched_setaffinity(0, OTHERS)
    rows = list(kept(measured(asked.rate, asked.seconds), RESULTS))
    print(as_markdown(rows))
    sys.exit("\n".join(filter(None, map(broken, rows))) or None)


def measured(rate, seconds):
    """A row with the tables as they are, and one while newer ones are published and loaded."""
    lake = copied(LAKE)
    with service(lake) as served:
        attack(served.port, rate, 5)
        with used(served.process, seconds) as work:
            sent = attack(served.port, rate, seconds)
        yield row("steady", rate, sent, work)
        with used(served.process, seconds) as work, publishing(lake, PUBLISH_S):
            sent = attack(served.port, rate, seconds)
        spans = reloads(served.log)
        met = [each for each in sent if any(each.at < end and each.at + each.took > start for start, end in spans)]
        yield row("during a reload", rate, met, work) | {"reload_s": [round(end - start, 2) for start, end in spans]}


def row(what, rate, sent, work):
    """Latencies in ms, the share answered with 200, and the service's memory and core."""
    if not sent:
        sys.exit(f"serving: {what}: no request was sent")
    took = np.percentile([1e3 * each.took for each in sent], (50, 95, 99, 100)).round(2).tolist()
    success = sum(each.status == 200 for each in sent) / len(sent)
    return {"what": what, "rate": rate, "requests": len(sent), **dict(zip(LATENCIES, took, strict=True)),
            "success": success, **work}  # fmt: skip


@contextmanager
def used(process, seconds):
    """Filled at the end: the share of a core that the process took, and its memory."""
    work, before = {}, sum(process.cpu_times()[:2])
    yield work
    work["cpu_share"] = round((sum(process.cpu_times()[:2]) - before) / seconds, 2)
    work["mib"] = process.memory_info().rss // 2**20


@contextmanager
def service(lake):
    """The service on core 0, its process and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    choice = [f"lake.root={lake}", f"serve.reload_seconds={LOOK_S}", "logs.format=json"]
    command = [Path(sys.executable).with_name("basketry"), "serve", "--port", str(port)]
    command += [word for setting in choice for word in ("--set", setting)]
    log = lake / "service.log"
    with log.open("wb") as out:
        started = subprocess.Popen(["taskset", "-c", "0", *command], stderr=out)  # noqa: S607
    try:
        wait_for(port)
        yield Served(port, psutil.Process(started.pid), log)
    finally:
        started.terminate()
        started.wait()


def wait_for(port, seconds=60):
    for _ in range(seconds * 10):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health"):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"serving: the service did not answer within {seconds} s")


def attack(port, rate, seconds):
    """Every request that vegeta sent."""
    lines = "\n".join(json.dumps(target) for target in targets(port))
    asked = ["-format=json", f"-rate={rate}", f"-duration={seconds}s", "-timeout=5s", "-max-body=0"]
    results = vegeta(["attack", *asked], lines.encode())
    cells = (line.split(",", 3) for line in vegeta(["encode", "-to=csv"], results).decode().splitlines())
    return [Sent(int(at) / 1e9, int(status), int(took) / 1e9) for at, status, took, _ in cells]


def vegeta(words, given):
    return subprocess.run([shutil.which("vegeta"), *words], input=given, stdout=subprocess.PIPE, check=True).stdout


def targets(port):
    """Seeded requests, as vegeta reads them."""
    random = np.random.default_rng(11)
    users, items = ids("silver/users", "user_id"), ids("gold/item_factors", "item_id")
    for kind in random.choice(KINDS, N_TARGETS, p=SHARES):
        if kind == "cart":
            cart = [drawn(random, items) for _ in range(random.integers(1, 16))]
            yield posted(port, {"items": cart, "user_id": drawn(random, users), "k": 10})
        else:
            end = "recommendations" if kind == "user" else "associations"
            who = drawn(random, users if kind == "user" else items)
            yield {"method": "GET", "url": f"http://127.0.0.1:{port}/{kind}s/{who}/{end}?k=10"}


def posted(port, body):
    coded = base64.b64encode(json.dumps(body).encode()).decode()
    header = {"Content-Type": ["application/json"]}
    return {"method": "POST", "url": f"http://127.0.0.1:{port}/cart", "body": coded, "header": header}


def drawn(random, known):
    return f"unknown-{random.integers(1000)}" if random.random() < UNKNOWN else str(random.choice(known))


def ids(table, column):
    return np.sort(DeltaTable(str(LAKE / table)).to_pyarrow_table(columns=[column])[column].to_numpy())


def as_markdown(rows):
    headings = ["requests a second", "requests", "p50 ms", "p95 ms", "p99 ms", "max ms", "answered", "core used", "MiB"]
    lines = [headings, ["---"] * len(headings), *map(as_cells, rows)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def as_cells(row):
    latencies = (row[name] for name in LATENCIES)
    rest = f"{row['success']:.2%}", f"{row['cpu_share']:.0%}", row["mib"]
    return [f"{row['rate']}, {row['what']}", row["requests"], *latencies, *rest]


def broken(row):
    """What was promised and is not so; empty when all is."""
    if row["success"] < 1:
        return f"serving: {row['what']}: only {row['success']:.2%} were answered with 200"
    slow = row["99th"] >= LIMIT_MS
    return f"serving: {row['what']}: p99 {row['99th']} ms, promised below {LIMIT_MS} ms" if slow else ""


if __name__ == "__main__":
    main()
