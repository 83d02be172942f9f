"""A past run is replayed from the versions it read, and any difference is named."""

import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import MissingInputError
from basketry.verify import difference, verify_run
from tests.jobs.test_job import ITEMS, LINES, STEP
from tests.support.tables import frame


@pytest.fixture
def built(lake):
    lake.put(tables.LINES, LINES)
    lake.put(tables.ITEMS, ITEMS)
    lake.run(STEP.name, "--run-id", "then")
    return lake


def verdicts(lake):
    return {v.table: v.fault for v in verify_run(lake.store, "then")}


def test_a_run_is_reproduced_although_its_input_has_moved_on(built):
    built.put(tables.LINES, "basket_id line_number item_id user_id\nb9 1 fig ann")
    assert verdicts(built) == dict.fromkeys(map(str, STEP.writes), "")


def test_a_replay_leaves_the_lake_as_it_was(built):
    before = built.store.version(tables.BASKETS), built.read(tables.RUNS).count()
    verdicts(built)
    assert (built.store.version(tables.BASKETS), built.read(tables.RUNS).count()) == before


def test_a_different_result_is_named(built, monkeypatch):
    from basketry.jobs import build_baskets as job

    honest = job.build_baskets

    def of_one_basket(lines, *others):
        return honest(lines.where("basket_id = 'b4'"), *others)

    monkeypatch.setattr(job, "build_baskets", of_one_basket)
    assert "rows are gone" in verdicts(built)["silver.baskets"]


def test_an_unknown_run_is_refused(built):
    with pytest.raises(MissingInputError, match="no finished step"):
        list(verify_run(built.store, "never"))


def test_floats_are_compared_by_key_within_the_tolerance(spark):
    then = frame(spark, tables.ITEMSETS, "items support\n{a} 0.5\n{b} 0.25")
    near = then.withColumn("support", F.col("support") + 1e-7)
    far = then.withColumn("support", F.when(F.col("support") < 0.3, 0.26).otherwise(F.col("support")))
    assert difference(then, near, tables.ITEMSETS) == ""
    assert difference(then, far, tables.ITEMSETS) == "numbers differ by up to 0.01"


def test_a_vector_that_changed_or_went_missing_is_seen(spark):
    schema = "item_id string, factors array<float>"
    then = spark.createDataFrame([("a", [1.0, 2.0])], schema)
    for other in ([1.0, 2.5], [1.0]):
        now = spark.createDataFrame([("a", other)], schema)
        assert difference(then, now, tables.ITEM_FACTORS)
    assert difference(then, then, tables.ITEM_FACTORS) == ""


def test_a_part_of_a_score_that_changed_or_went_missing_is_seen(spark):
    schema = tables.RECOMMENDATIONS.schema
    row = ("u", "repeat", 1, "a", 0.5, "als")
    then = spark.createDataFrame([(*row, {"als": 0.3, "ease": 0.2}, [])], schema)
    for other in ({"als": 0.2, "ease": 0.3}, {"als": 0.3}, {"als": 0.3, "rest": 0.2}):
        now = spark.createDataFrame([(*row, other, [])], schema)
        assert difference(then, now, tables.RECOMMENDATIONS)
    near = spark.createDataFrame([(*row, {"als": 0.3 + 1e-9, "ease": 0.2}, [])], schema)
    assert difference(then, near, tables.RECOMMENDATIONS) == ""
