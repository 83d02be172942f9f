"""How soon `basketry serve` answers on one core, at a fixed rate of requests: python bench/serving.py [--rate 200].

The load tool is vegeta: its rate does not fall when answers are slow, so none of the waiting is left out. The service
has core 0, vegeta another. Requests for the lake of `make run`: half are users, three in ten items, two in ten carts of
1 to 15 items; one id in twenty is not known. Needs `vegeta` on the PATH:
go install github.com/tsenart/vegeta/v12@v12.13.0. The row is also a line of JSON in bench/results/serving.jsonl.
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

import numpy as np
import psutil
from deltalake import DeltaTable
from mining import kept

RESULTS = Path(__file__).parent / "results" / "serving.jsonl"
LAKE = Path("data/lake")
LIMIT_MS = 20
N_TARGETS = 5_000
UNKNOWN, KINDS, SHARES = 0.05, ("user", "item", "cart"), (0.5, 0.3, 0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=200, help="requests a second")
    parser.add_argument("--seconds", type=int, default=30)
    asked = parser.parse_args()
    if not shutil.which("vegeta"):
        sys.exit("serving: no vegeta on the PATH; go install github.com/tsenart/vegeta/v12@v12.13.0")
    if not LAKE.is_dir():
        sys.exit(f"serving: no lake at {LAKE}; run `make run` first")
    row = next(iter(kept([measured(asked.rate, asked.seconds)], RESULTS)))
    print(as_markdown(row))
    sys.exit(broken(row) or None)


def measured(rate, seconds):
    """Latencies in ms, the share answered with 200, and the service's memory and core."""
    with service() as (port, process):
        attack(port, rate, 5)
        used = sum(process.cpu_times()[:2])
        report = attack(port, rate, seconds)
        cpu = sum(process.cpu_times()[:2]) - used
        rss = process.memory_info().rss
    latency = {name: round(report["latencies"][name] / 1e6, 2) for name in ("50th", "95th", "99th", "max")}
    return {"rate": rate, "seconds": seconds, **latency, "success": report["success"],
            "cpu_share": round(cpu / seconds, 2), "mib": rss // 2**20}  # fmt: skip


@contextmanager
def service():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("basketry"), "serve", "--port", str(port)]
    started = subprocess.Popen(["taskset", "-c", "0", *command])  # noqa: S607
    try:
        wait_for(port)
        yield port, psutil.Process(started.pid)
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
    """vegeta's report."""
    others = ",".join(str(core) for core in sorted(os.sched_getaffinity(0)) if core) or "0"
    lines = "\n".join(json.dumps(target) for target in targets(port))
    asked = ["-format=json", f"-rate={rate}", f"-duration={seconds}s", "-timeout=5s"]
    command = ["taskset", "-c", others, "vegeta", "attack", *asked]
    found = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True)
    report = subprocess.run(["vegeta", "report", "-type=json"], input=found.stdout, stdout=subprocess.PIPE, check=True)  # noqa: S607
    return json.loads(report.stdout)


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


def as_markdown(row):
    lines = ["| requests a second | p50 ms | p95 ms | p99 ms | max ms | answered | core used | MiB |"]
    cells = (row["rate"], row["50th"], row["95th"], row["99th"], row["max"], f"{row['success']:.2%}",
             f"{row['cpu_share']:.0%}", row["mib"])  # fmt: skip
    return "\n".join([*lines, "|---" * len(cells) + "|", f"| {' | '.join(map(str, cells))} |"])


def broken(row):
    """What was promised and is not so; empty when all is."""
    if row["success"] < 1:
        return f"serving: only {row['success']:.2%} were answered with 200"
    return f"serving: p99 {row['99th']} ms, promised below {LIMIT_MS} ms" if row["99th"] >= LIMIT_MS else ""


if __name__ == "__main__":
    main()
