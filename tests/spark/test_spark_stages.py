"""What Spark's status store says of stages whose rows, bytes and longest task are known."""

import time
from datetime import UTC, datetime

from basketry.spark_stages import stages_since
from basketry.tables import STAGE_METRICS


def since(spark, began):
    return [dict(zip(STAGE_METRICS.column_names[2:], row, strict=True)) for row in stages_since(spark, began)]


def test_rows_and_bytes_are_those_of_the_files(spark, tmp_path):
    path = tmp_path / "rows"
    spark.range(0, 1000, 1, 2).write.parquet(str(path))
    began = datetime.now(UTC)
    assert spark.read.parquet(str(path)).where("id >= 0").repartition(3).count() == 1000
    spark.range(0, 700, 1, 2).write.parquet(str(tmp_path / "others"))
    found = since(spark, began)
    assert sum(stage["rows_read"] for stage in found) == 1000
    assert sum(stage["rows_written"] for stage in found) == 700
    size = sum(file.stat().st_size for file in (tmp_path / "others").glob("*.parquet"))
    assert sum(stage["bytes_written"] for stage in found) == size
    assert sum(stage["shuffle_written_bytes"] for stage in found) > 0
    assert {stage["outcome"] for stage in found} == {"COMPLETE"}


def test_skew_is_the_longest_task_over_the_median(spark):
    began = datetime.now(UTC)
    naps = spark.sparkContext.parallelize([0.1, 0.1, 0.8], 3)
    naps.foreach(time.sleep)
    (stage,) = since(spark, began)
    assert stage["n_tasks"] == 3
    assert 3 < stage["skew"] < 9
    assert 1.0 <= stage["task_seconds"] < 3


def test_what_began_before_is_left_out(spark):
    spark.range(10).count()
    time.sleep(0.01)
    assert since(spark, datetime.now(UTC)) == []
