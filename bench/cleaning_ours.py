"""The suite's own ingest and cleaning of one raw folder: python cleaning_ours.py RAW WARM. Prints a line of JSON.

The session is warm: it has done both for the folder WARM.
"""

import json
import sys
import tempfile
import time

from basketry.jobs import clean_lines, ingest_lines
from ours import cpu_seconds

from basketry import tables
from basketry.session import SparkSettings, build_session
from basketry.tables.store import Store

STEPS = {"ingest_lines": ingest_lines, "clean_lines": clean_lines}


def cleaned(spark, raw):
    """Seconds a step, and what the lake says of the records."""
    with tempfile.TemporaryDirectory(dir="build/bench") as root:
        flags = ["--set", f"lake.root={root}", "--set", f"lake.raw={raw}"]
        parts = {name: timed(step, flags) for name, step in STEPS.items()}
        store = Store(spark, root)
        checks = {row.check: row.n for row in store.read(tables.CHECKS).collect()}
        checks["kept_lines"] = store.read(tables.LINES).count()
        spark.catalog.clearCache()
    return parts, checks


def timed(step, flags):
    started = time.monotonic()
    step.main(flags)
    return round(time.monotonic() - started, 2)


if __name__ == "__main__":
    raw, warm = sys.argv[1:]
    spark = build_session(SparkSettings(log_file="build/bench/spark.log"), "bench")
    cleaned(spark, warm)
    used = cpu_seconds()
    parts, checks = cleaned(spark, raw)
    found = {"records": checks["read"], "kept": checks["kept_lines"], "rejected": checks["rejected"], "parts": parts}
    took = {"wall_s": round(sum(parts.values()), 2), "cpu_s": round(cpu_seconds() - used, 2)}
    print(json.dumps({**took, "result": found}))
