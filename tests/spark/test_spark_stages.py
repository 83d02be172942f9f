"""What Spark's status store says of stages whose rows, bytes and longest task are known."""

import time
from datetime import UTC, datetime

from basketry.spark_stages import stages_since
from basketry.tables import STAGE_METRICS


def since(spark, began):
    return [dict(zip(STAGE_METRICS.column_names[3:], row, strict=True)) for row in stages_since(spark, began)]


def test_rows_and_bytes_are_those_of_the_files(spark, tmp_path):
    path = tmp_path / "rows"
    spark.range(0, 1000, 1, 2).write.parquet(str(path))
    began = datetime.now(UTC)
    assert spark.read.parquet(str(path)).where("id >= 0").repartition(3).count() == 1000
    spark.range(0, 700, 1, 2).write.parquet(str(tmp_path / "others"))
    found = since(spark, began)
    # Spark counts the rows of range() as read, too, but no bytes.
    assert sum(stage["rows_read"] for stage in found if stage["bytes_read"]) == 1000
    assert sum(stage["rows_written"] for stage in found) == 700
    size = sum(file.stat().st_size for file in (tmp_path / "others").glob("*.parquet"))
    assert sum(stage["bytes_written"] for stage in found) == size
    assert sum(stage["shuffle_written_bytes"] for stage in found) > 0
    assert {stage["outcome"] for stage in found} == {"COMPLETE"}


def test_skew_is_the_longest_task_over_the_median(spark):
    # Python's workers start here, which takes longer than the naps.
    spark.sparkContext.parallelize([0, 0, 0], 3).foreach(time.sleep)
    began = datetime.now(UTC)
    spark.sparkContext.parallelize([0.2, 0.2, 1.4], 3).foreach(time.sleep)
    (stage,) = since(spark, began)
    assert stage["n_tasks"] == 3
    assert 2 < stage["skew"] < 8
    assert 1.8 <= stage["task_seconds"] < 5


def test_a_stage_of_little_work_or_one_task_has_no_skew(spark):
    began = datetime.now(UTC)
    spark.sparkContext.parallelize([0, 0, 0], 3).foreach(time.sleep)
    spark.sparkContext.parallelize([1.1], 1).foreach(time.sleep)
    assert [stage["skew"] for stage in since(spark, began)] == [None, None]


def test_what_began_before_is_left_out(spark):
    spark.range(10).count()
    time.sleep(0.01)
    assert since(spark, datetime.now(UTC)) == []
