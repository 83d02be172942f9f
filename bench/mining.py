"""Mining beside other miners on the sample lake's receipts: time, memory, itemsets found.

python bench/mining.py [--scales 1 10 100] [--counts 156 78 31]. Each row is also a line of JSON in
bench/results/mining.jsonl: name, engine, scale, wall_s, cpu_s, peak_mib, largest_mib (of one process), result. Peers
are timed as whole processes; Spark's engines in a session that has mined once. At scale S the receipts are there S
times, each time without a tenth of their lines, and only the first count, times S, is mined; above 10 by ours alone.

Who is told a count (native, mllib, pyfim) finds the same itemsets, or this ends with exit code 1. Who is told a share
of the baskets compares rounded numbers, and may lose those that are exactly at the threshold.
"""

import argparse
import json
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable
from rich.console import Console
from rich.table import Table as Grid

HERE = Path(__file__).parent
WORK = HERE.parent / "build" / "bench"
RESULTS = HERE / "results" / "mining.jsonl"
LAKE = HERE.parent / "data" / "lake" / "silver"
OURS = ("native", "mllib")
SPARK = (*OURS, "plain")
PEERS = ("rusket", "pyfim", "mlxtend")
EXACT = ("native", "mllib", "pyfim")
PAIRS = "pairs"
LIMIT_S = 1200
LOST = 0.1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--counts", type=int, nargs="+", default=[156, 78, 31])
    asked = parser.parse_args()
    rows = list(kept(measured(asked), RESULTS))
    show(rows)
    sys.exit(disagreements(rows))


def measured(asked):
    """Every row, as it is measured."""
    for scale in asked.scales:
        counts = asked.counts if scale == 1 else [asked.counts[0] * scale]
        yield from mined(baskets_file(scale), scale, counts)
    for row in run([sys.executable, HERE / "ours.py", PAIRS, types_file(), types_file(), 50]):
        yield named(PAIRS, PAIRS, 1, row)


def kept(rows, path):
    """The same rows, each written before the next is measured: a run that is ended keeps what it has."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as results:
        for row in rows:
            print(json.dumps(row), file=results, flush=True)
            yield row


def mined(path, scale, counts):
    """Rows of every engine on one file; an engine that fails or takes too long has one that says so."""
    for engine in SPARK if scale <= 10 else OURS:
        for row in run([sys.executable, HERE / "ours.py", engine, baskets_file(1), path, *counts]):
            yield named("itemsets", engine, scale, row)
    for engine in PEERS:
        for count in most(engine, scale, counts):
            for row in run([peers_python(), HERE / "peers.py", engine, path, count]):
                result = row.get("result") or {"itemsets": row["itemsets"]}
                yield named("itemsets", engine, scale, {**row, "min_count": count, "result": result})


def most(engine, scale, counts):
    """mlxtend takes 10 GB and most of a minute for the first count; the others would take tens of GB at 100 times."""
    if engine == "mlxtend":
        return counts[:1] if scale == 1 else []
    return counts if scale <= 10 else []


def named(name, engine, scale, row):
    parts = {"min_count": row.get("min_count"), **row["result"]}
    return {
        "name": name,
        "engine": engine,
        "scale": scale,
        **{k: row[k] for k in ("wall_s", "cpu_s", "peak_mib", "largest_mib")},
        "result": parts,
    }


def run(command, limit_s=LIMIT_S):
    """What the process printed, each line with the peak of its memory; its own time and work unless it says others."""
    print(*map(str, command[1:]), file=sys.stderr)
    started = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak, cpu = watched(process, started + limit_s)
    took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(cpu, 2), **peak}
    lines = process.stdout.read().decode().splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    if process.returncode or not found:
        return [{**took, "result": {"failed": f"exit {process.returncode} after {took['wall_s']} s"}}]
    return [{**took, **row} for row in found]


def watched(process, ends):
    """The most memory (PSS) of the process and its children at once, and of one of them; their work in seconds."""
    peak, largest, cpu, own = 0, 0, {}, psutil.Process(process.pid)
    while process.poll() is None:
        if time.monotonic() > ends:
            for child in [*own.children(recursive=True), own]:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        held, looked = [], time.monotonic()
        with suppress(psutil.NoSuchProcess):
            for each in [own, *own.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    held.append(each.memory_full_info().pss)
                    cpu[each.pid] = sum(each.cpu_times()[:2])
        peak, largest = max(peak, sum(held)), max(largest, *held, 0)
        # Looking at a large process takes long and holds it up: a twentieth of the time at most.
        time.sleep(max(0.05, 19 * (time.monotonic() - looked)))
    return {"peak_mib": round(peak / 2**20), "largest_mib": round(largest / 2**20)}, sum(cpu.values())


@cache
def peers_python():
    """An environment with the peers, made once, with what bench/requirements.txt asks for now."""
    uv, python = Path(sys.executable).with_name("uv"), WORK / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, WORK / "venv"], check=True)
    needed = ["--requirement", HERE / "requirements.txt"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *needed], check=True)
    return python


def baskets_file(scale):
    """Parquet with `basket_id`, `user_id`, `sold_on` and `items` of the sample's baskets, `scale` times."""
    path = WORK / f"baskets-{scale}.parquet"
    if not path.exists():
        once = silver("baskets").select(["basket_id", "user_id", "sold_on", "items"]).combine_chunks()
        random = np.random.default_rng(1)
        write(path, [once] if scale == 1 else (thinned(once, random) for _ in range(scale)))
    return path


def types_file():
    """The sample's baskets with each item's type in its place."""
    path = WORK / "types.parquet"
    if not path.exists():
        items, baskets = silver("items"), silver("baskets").combine_chunks()
        flat, row = pc.list_flatten(baskets["items"]), pc.list_parent_indices(baskets["items"])
        member = items["type"].combine_chunks().take(pc.index_in(flat, value_set=items["item_id"].combine_chunks()))
        known = pa.table({"row": row, "items": member}).filter(pc.is_valid(member))
        lines = known.group_by(["row", "items"]).aggregate([])
        told = lines.group_by("row", use_threads=False).aggregate([("items", "list")]).sort_by("row")
        kept = baskets.select(["basket_id", "user_id", "sold_on"]).take(told["row"])
        write(path, [kept.append_column("items", told["items_list"])])
    return path


def thinned(once, random):
    """The same baskets without a random tenth of their lines; empty ones are left out."""
    items = once["items"].combine_chunks()
    row = pc.list_parent_indices(items).to_numpy()
    kept = random.random(len(row)) >= LOST
    left = np.bincount(row[kept], minlength=len(once))
    starts = pa.array(np.r_[0, np.cumsum(left)], pa.int32())
    lists = pa.ListArray.from_arrays(starts, pc.list_flatten(items).filter(pa.array(kept)))
    return once.set_column(3, "items", lists).filter(pa.array(left > 0))


def silver(name):
    if not (LAKE / name).exists():
        sys.exit(f"bench: no {LAKE / name}; `make run` makes it")
    return DeltaTable(str(LAKE / name)).to_pyarrow_table()


def write(path, parts):
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    writer = None
    for part in parts:
        writer = writer or pq.ParquetWriter(unfinished, part.schema)
        writer.write_table(part)
    writer.close()
    unfinished.rename(path)


def show(rows):
    """A line a row; growth: seconds over those of the same engine at the first scale, for the same share of baskets."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    headings = (
        "what",
        "engine",
        "scale",
        "min_count",
        "seconds",
        "growth",
        "cpu s",
        "peak MiB",
        "one process",
        "found",
    )
    for heading in headings:
        grid.add_column(heading, justify="left" if heading in headings[:2] else "right")
    first = {}
    for row in rows:
        found = dict(row["result"])
        count = found.pop("min_count")
        told = ", ".join(f"{n:,} {what}" if isinstance(n, int) else f"{what}: {n}" for what, n in found.items())
        growth = row["wall_s"] / first.setdefault((row["engine"], count and count / row["scale"]), row["wall_s"])
        times = (f"{row['wall_s']:.1f}", f"{growth:.1f}", f"{row['cpu_s']:.1f}")
        memory = (f"{row['peak_mib']:,}", f"{row['largest_mib']:,}")
        grid.add_row(row["name"], row["engine"], str(row["scale"]), str(count), *times, *memory, told)
    Console(width=140).print(grid)


def disagreements(rows):
    """A message when engines that are told a count differ in the number of itemsets, else nothing."""
    counts = {}
    for row in rows:
        if row["engine"] in EXACT and "itemsets" in row["result"]:
            counts.setdefault((row["scale"], row["result"]["min_count"]), {})[row["engine"]] = row["result"]["itemsets"]
    apart = [f"scale {s}, count {c}: {found}" for (s, c), found in counts.items() if len(set(found.values())) > 1]
    return "; ".join(apart) or None


if __name__ == "__main__":
    main()
