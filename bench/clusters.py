"""DBSCAN of group_items beside scikit-learn's, on one and ten times the points: time, memory, and whether they agree.

python bench/clusters.py [--scales 1 10] [--points 12000] [--limit 600]. Each row is also a line of JSON in
bench/results/clusters.jsonl: name, engine, scale, wall_s, cpu_s, peak_mib, largest_mib (of one process), result. Points
are unit vectors of 64 numbers, three in four of them in groups of about 40, from a seed. Ours is timed in a session
that has grouped 2,000 points once; scikit-learn as a whole process without its imports, by brute force on all cores,
which beats its trees in 64 dimensions. Ends with exit code 1 when core points, noise or groups of cores differ.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from mining import kept, run
from rich.console import Console
from rich.table import Table as Grid

HERE = Path(__file__).parent
WORK = HERE.parent / "build" / "bench"
RESULTS = HERE / "results" / "clusters.jsonl"
ENGINES = ("ours", "sklearn")
DIM, EPS, MIN_POINTS, GROUP, SPREAD = 64, 0.75, 5, 40, 0.075


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--points", type=int, default=12_000)
    parser.add_argument("--limit", type=int, default=600, help="seconds an engine may take")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.engine:
        sys.exit(one(asked.engine, asked.scales[0], asked.points))
    WORK.mkdir(parents=True, exist_ok=True)
    rows = list(kept(measured(asked), RESULTS))
    show(rows)
    sys.exit(disagreements(asked.scales))


def measured(asked):
    for scale in asked.scales:
        for engine in ENGINES:
            labels_file(engine, scale).unlink(missing_ok=True)
            command = [sys.executable, __file__, "--engine", engine, "--scales", scale, "--points", asked.points]
            for row in run(command, asked.limit):
                yield {"name": "dbscan", "engine": engine, "scale": scale, **row}


def one(engine, scale, n_points):
    """Group the points and print how it went; labels and cores go into a file."""
    points = made(n_points * scale)
    group = ours() if engine == "ours" else by_sklearn
    started, used = time.monotonic(), time.process_time()
    label, is_core, found = group(points)
    took = {"wall_s": round(time.monotonic() - started, 2), "cpu_s": round(time.process_time() - used, 2)}
    if engine == "ours":
        del took["cpu_s"]
    np.savez(labels_file(engine, scale), label=label, is_core=is_core)
    result = {"points": len(points), "groups": int(label.max() + 1), "noise": int((label < 0).sum()), **found}
    print(json.dumps({**took, "result": result}))


def ours():
    from basketry.segments.dbscan import dbscan
    from basketry.segments.near import edges_within
    from basketry.segments.settings import GroupSettings
    from basketry.session import SparkSettings, build_session

    spark = build_session(SparkSettings(log_file="build/bench/spark.log"), "bench")
    settings = GroupSettings()

    def group(points):
        edges = edges_within(spark, points, EPS, settings)
        return *dbscan(edges, MIN_POINTS), {"edges": len(edges.one)}

    group(made(2000))
    return group


def by_sklearn(points):
    from sklearn.cluster import DBSCAN

    found = DBSCAN(eps=EPS, min_samples=MIN_POINTS, algorithm="brute", n_jobs=-1).fit(points)
    is_core = np.zeros(len(points), bool)
    is_core[found.core_sample_indices_] = True
    return found.labels_, is_core, {}


def made(n):
    """[n, DIM] unit vectors."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(n * 3 // 4 // GROUP, DIM))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    near = np.repeat(centres, GROUP, axis=0) + SPREAD * random.normal(size=(len(centres) * GROUP, DIM))
    points = np.vstack([near, random.normal(size=(n - len(near), DIM))])
    return random.permutation(points / np.linalg.norm(points, axis=1, keepdims=True))


def labels_file(engine, scale):
    return WORK / f"dbscan-{engine}-{scale}.npz"


def show(rows):
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for heading in ("engine", "scale", "seconds", "cpu s", "peak MiB", "one process", "found"):
        grid.add_column(heading, justify="left" if heading == "engine" else "right")
    for row in rows:
        found = ", ".join(
            f"{what} {n:,}" if isinstance(n, int) else f"{what}: {n}" for what, n in row["result"].items()
        )
        numbers = (f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['peak_mib']:,}", f"{row['largest_mib']:,}")
        grid.add_row(row["engine"], str(row["scale"]), *numbers, found)
    Console(width=140).print(grid)


def disagreements(scales):
    """A message when cores, noise or the groups of cores differ, else nothing."""
    apart = []
    for scale in scales:
        files = [labels_file(engine, scale) for engine in ENGINES]
        if not all(file.exists() for file in files):
            continue
        one, other = (np.load(file) for file in files)
        core = one["is_core"]
        pairs = set(zip(one["label"][core].tolist(), other["label"][core].tolist(), strict=True))
        is_same = np.array_equal(core, other["is_core"]) and np.array_equal(one["label"] < 0, other["label"] < 0)
        if not is_same or len(pairs) != len({a for a, _ in pairs}) or len(pairs) != len({b for _, b in pairs}):
            apart.append(f"scale {scale}: ours and scikit-learn's groups differ")
    return "; ".join(apart) or None


if __name__ == "__main__":
    main()
