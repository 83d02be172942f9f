"""How silver.lines is best laid out: python bench/layout.py, on the lake of `make run`. Prints a table.

Each layout holds the same lines: `as written` (rows where the shuffle by basket left them), `near dates together`
(what maintain_tables does), `partition by day`, `partition by month`. Then: files and MiB, seconds to write, seconds
and files to read one week, seconds to MERGE corrections of one basket in a hundred.
"""

import shutil
import time
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from basketry import tables
from basketry.session import SparkSettings, build_session
from basketry.tables.store import Store

WORK = Path("build/bench/layout")
WEEK = "sold_on BETWEEN '2017-06-05' AND '2017-06-11'"
N_FILES = 16
LAYOUTS = {
    "as written": (),
    "near dates together": (),
    "partition by day": ("sold_on",),
    "partition by month": ("month",),
}


def main():
    spark = build_session(SparkSettings(log_file="build/bench/spark.log"), "layout")
    lines = Store(spark, "data/lake").read(tables.LINES).withColumn("month", F.date_format("sold_on", "yyyy-MM"))
    lines = lines.repartition(N_FILES, "basket_id").persist()
    lines.count()
    spark.conf.set("spark.databricks.delta.optimize.maxFileSize", str(lines_bytes() // N_FILES))
    headings = ("layout", "files", "MiB", "write s", "week s", "week files", "merge s")
    grid = Grid(*headings, box=None, pad_edge=False)
    for name, by in LAYOUTS.items():
        grid.add_row(name, *map(str, measured(spark, lines, name, by)))
    Console(width=100).print(grid)


def lines_bytes():
    return sum(path.stat().st_size for path in Path("data/lake/silver/lines").glob("*.parquet"))


def measured(spark, lines, name, by):
    path = str(WORK / name.replace(" ", "-"))
    shutil.rmtree(path, ignore_errors=True)
    spent = timed(lambda: written(spark, lines, path, name, by))
    table = DeltaTable.forPath(spark, path)
    detail = table.detail().select("numFiles", "sizeInBytes").first()
    week = table.toDF().where(WEEK)
    n_files = week.select(F.col("_metadata.file_path")).distinct().count()
    reading = min(timed(lambda: week.agg(F.sum("amount"), F.count("*")).collect()) for _ in range(3))
    merging = timed(lambda: corrected(table, lines))
    return detail[0], round(detail[1] / 2**20, 1), spent, reading, n_files, merging


def written(spark, lines, path, name, by):
    lines.write.format("delta").partitionBy(*by).save(path)
    if name == "near dates together":
        DeltaTable.forPath(spark, path).optimize().executeZOrderBy("sold_on")


def corrected(table, lines):
    some = lines.where(F.abs(F.xxhash64("basket_id")) % 100 == 0).withColumn("quantity", F.col("quantity") + 1)
    condition = tables.LINES.merge_condition()
    table.alias("old").merge(some.alias("new"), condition).whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()


def timed(work):
    began = time.monotonic()
    work()
    return round(time.monotonic() - began, 1)


if __name__ == "__main__":
    main()
