"""A past run done again from its pinned input versions, and its tables compared with what it wrote then."""

import importlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from basketry import pipeline, tables
from basketry.arguments import replay_file
from basketry.errors import MissingInputError
from basketry.tables import Table
from basketry.tables.store import Store

# Two float sums in another order differ by less than this; ids, counts and rules must be equal exactly.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Verdict:
    """One table of one step: `fault` is empty when the replay gave the same rows, `rows` None when it was not done."""

    step: str
    table: str
    rows: int | None
    fault: str


def verify_run(store: Store, run_id: str) -> Iterator[Verdict]:
    """Replay each step of the run that ended well; one verdict a table it wrote.

    What is drawn anew each time is left out: more draws would tell more of whom the noise hides. Raises
    MissingInputError when ops.runs has no such run or no step of it is done.
    """
    steps = store.read(tables.RUNS).where((F.col("run_id") == run_id) & (F.col("outcome") == "done"))
    rows = steps.orderBy("started_at").collect()
    if not rows:
        raise MissingInputError(f"{run_id}: no finished step of that run in {tables.RUNS}; `basketry runs` lists them")
    for row in rows:
        if pipeline.JOBS[row["step"]].is_drawn:
            yield from (Verdict(row["step"], name, None, "") for name in sorted(row["output_versions"]))
            continue
        with tempfile.TemporaryDirectory(prefix="basketry-verify-") as folder:
            yield from _verify_step(store, row, Path(folder))


def _verify_step(store: Store, row: Row, folder: Path) -> Iterator[Verdict]:
    scratch = Store(store.spark, str(folder / "lake"))
    asked = folder / "replay.json"
    replay_file(asked, row["settings"], scratch.root, row["input_versions"], (row["from_on"], row["to_on"]))
    importlib.import_module(f"basketry.jobs.{row['step']}").main([f"--replay={asked}"])
    for name, version in sorted(row["output_versions"].items()):
        table = tables.BY_NAME[name]
        then, now = store.read(table, version), scratch.read(table)
        yield Verdict(row["step"], name, now.count(), difference(then, now, table))


def difference(then: DataFrame, now: DataFrame, table: Table) -> str:
    """What differs between two states of a table, in words; empty when nothing does."""
    exact = [c.name for c in table.columns if not c.varies and not _is_float(c.type)]
    if not _are_alike(then, now, exact):
        lost, new = then.select(exact).exceptAll(now.select(exact)), now.select(exact).exceptAll(then.select(exact))
        return f"{lost.count():,} rows are gone and {new.count():,} are new"
    floats = [c.name for c in table.columns if not c.varies and _is_float(c.type)]
    far = _float_distance(then, now, table, floats) if floats else 0.0
    return f"numbers differ by up to {far:.2g}" if far > TOLERANCE else ""


def _are_alike(then: DataFrame, now: DataFrame, columns: list[str]) -> bool:
    """Whether both have as many rows, and the same order-free sum of row hashes."""
    both = then.select(columns).withColumn("_is_now", F.lit(False))
    both = both.unionByName(now.select(columns).withColumn("_is_now", F.lit(True)))
    hashed = F.sum(F.xxhash64(*columns).cast("decimal(38,0)"))
    prints = both.groupBy("_is_now").agg(F.count("*"), hashed).collect()
    # Of two states without rows there is no print; of one such state there is no second.
    return not prints or (len(prints) == 2 and prints[0][1:] == prints[1][1:])


def _float_distance(then: DataFrame, now: DataFrame, table: Table, floats: list[str]) -> float:
    """The largest difference in any float column of rows with the same key; a null against a number is infinite."""
    both = then.select(*table.key, F.struct(*floats).alias("then")).join(
        now.select(*table.key, F.struct(*floats).alias("now")), on=list(table.key), how="inner"
    )
    types = {c.name: c.type for c in table.columns}
    gaps = [_gap(F.col(f"then.{name}"), F.col(f"now.{name}"), types[name]) for name in floats]
    return float(both.agg(F.max(F.greatest(*gaps, F.lit(0.0)))).collect()[0][0] or 0.0)


def _gap(then: SparkColumn, now: SparkColumn, data_type: T.DataType) -> SparkColumn:
    if isinstance(data_type, T.ArrayType):
        gap = _largest(F.zip_with(then, now, _apart))
    elif isinstance(data_type, T.MapType):
        gap = _largest(F.map_values(F.map_zip_with(then, now, lambda _key, a, b: _apart(a, b))))
    else:
        gap = F.abs(then - now)
    return F.when(then.isNull() & now.isNull(), 0.0).otherwise(F.coalesce(gap, F.lit(float("inf"))))


def _apart(then: SparkColumn, now: SparkColumn) -> SparkColumn:
    """The distance of two numbers; infinite when one is missing."""
    return F.coalesce(F.abs(then - now), F.lit(float("inf")))


def _largest(gaps: SparkColumn) -> SparkColumn:
    """The largest of an array of distances; 0 of none."""
    return F.coalesce(F.array_max(gaps).cast("double"), F.lit(0.0))


def _is_float(data_type: T.DataType) -> bool:
    """Whether it holds floats: itself, as elements or as values of a map."""
    if isinstance(data_type, T.ArrayType):
        return _is_float(data_type.elementType)
    if isinstance(data_type, T.MapType):
        return _is_float(data_type.valueType)
    return isinstance(data_type, T.FloatType | T.DoubleType)
