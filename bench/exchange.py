"""A table of item vectors that two workers share, and how fast they learn by each exchange.

python bench/exchange.py [--parts large sizes] [--items N] [--set KEY=VALUE ...]. Synthetic items, bought as often as
Zipf's law says. large: 10 million items, of which each of two workers holds a half (sharded); MiB that a worker holds
while it trains, the most it holds at all (the first one gathers the whole table at the end), and steps a second. The
same of a tenth of the items, whole at each worker and sharded. sizes: tables of few to many items, by each exchange,
with the rows a step touches, all workers' together, for each of the table: what embeddings.exchange = auto rests on.
Steps a second are those of the second half: graphs are compiled in the first. Each row is also a line of JSON in
bench/results/exchange.jsonl.
"""

import argparse
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from embeddings import HERE, WORK, show
from mining import kept

from basketry.config import load_settings
from basketry.embeddings.choice import exchange_of, table_bytes, touched
from basketry.embeddings.launch import launch
from basketry.embeddings.results import log_rows
from basketry.embeddings.spec import COUNTS, FEATURES, Spec, shard_name

RESULTS = HERE / "results" / "exchange.jsonl"
EXCHANGES = ("gathered", "dense", "sharded")
STEPS, BASKETS, MIB = 60, 5_000, 2**20
BASE = ["comm=horovodrun", "workers=2", "embedding_dim=32", "log_every=5", "epochs=1"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=("large", "sizes"), default=["large"])
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--set", action="append", default=[])
    asked = parser.parse_args()
    given = [f"embeddings.{each}" for each in (*BASE, *asked.set)]
    settings = load_settings([], given, {}).embeddings
    parts = {"large": lambda: large(settings, asked.items), "sizes": lambda: sizes(settings)}
    show(list(kept((row for part in asked.parts for row in parts[part]()), RESULTS)))


def large(settings, n_items):
    yield timed(settings, n_items, "sharded")
    for name in ("gathered", "sharded"):
        yield timed(settings, n_items // 10, name)


def sizes(settings):
    for n_items in (600, 2_500, 10_000, 40_000):
        for name in EXCHANGES:
            yield timed(settings, n_items, name)


def timed(settings, n_items, name):
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        spec = synthetic(folder, n_items, settings.model_copy(update={"exchange": name}))
        with Memory(spec) as memory:
            launch(spec, None, lambda *_, **__: None)
        return {
            "name": f"{n_items:,} items, {name}{by_auto(spec, name)}",
            "result": figures(spec, log_rows(spec), memory),
        }


def by_auto(spec, name):
    settings = spec.settings.model_copy(update={"exchange": "auto"})
    return " (auto)" if exchange_of(replace(spec, settings=settings)) == name else ""


def figures(spec, log, memory):
    first, *_, last = log[len(log) // 2 :]
    return {
        "steps_per_s": round((last["step"] - first["step"]) / (last["seconds"] - first["seconds"]), 2),
        "touched_of_table": round(spec.settings.n_workers * touched(spec) / spec.n_items, 3),
        "table_mib": round(table_bytes(spec) / MIB),
        "worker_mib": round(memory.while_training / MIB),
        "most_mib": round(memory.most / MIB),
    }


def synthetic(folder, n_items, settings):
    """A work folder of baskets of 2 to 12 items, drawn from all by how often they are bought."""
    random = np.random.default_rng(1)
    counts = (10 * n_items / np.arange(1, n_items + 1)).astype(np.int64)
    np.save(Path(folder) / COUNTS, counts)
    np.save(Path(folder) / FEATURES, np.empty((n_items, 0), np.int32))
    bounds = np.cumsum(counts)
    for shard in range(settings.shards):
        sizes = random.integers(2, 13, BASKETS)
        drawn = np.searchsorted(bounds, random.integers(0, bounds[-1], sizes.sum()), side="right").astype(np.int32)
        baskets = [np.unique(basket) for basket in np.split(drawn, np.cumsum(sizes)[:-1])]
        rows = pa.array([basket for basket in baskets if len(basket) > 1], pa.list_(pa.int32()))
        pq.write_table(pa.table({"items": rows}), Path(folder) / shard_name(shard), row_group_size=8192)
    return Spec(folder, n_items, STEPS * settings.shards * settings.slots, 7, settings)


class Memory:
    """Bytes of the largest worker of one training: while it takes steps, and at most."""

    def __init__(self, spec):
        self._spec, self._ended = spec, threading.Event()
        self.while_training = self.most = 0

    def __enter__(self):
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _look(self):
        while not self._ended.wait(0.1):
            held = max(map(resident, psutil.Process().children(recursive=True)), default=0)
            self.most = max(self.most, held)
            rows = log_rows(self._spec)
            if rows and rows[-1]["step"] < STEPS:
                self.while_training = max(self.while_training, held)


def resident(process):
    try:
        is_worker = process.cmdline()[1:3] == ["-m", "basketry.embeddings.worker"]
        return process.memory_info().rss if is_worker else 0
    except psutil.Error:
        return 0


if __name__ == "__main__":
    main()
