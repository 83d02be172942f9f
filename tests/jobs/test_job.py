"""The frame of every job: exit codes, the run record, pinned inputs, periods, dry runs, repeats."""

import json
import time

import pytest

from basketry import tables
from basketry.pipeline import BY_NAME
from tests.support.tables import rows

LINES = """
basket_id  line_number  item_id  user_id  sold_on
b1         1            beer     ann      2024-01-01
b2         1            beer     ann      2024-01-02
b2         2            eel      ann      2024-01-02
b3         1            beer     bob      2024-02-01
b3         2            eel      bob      2024-02-01
b4         1            fig      bob      2024-02-02
"""
ITEMS = "item_id\nbeer\neel\nfig"
STEP = BY_NAME["build_baskets"]
BUILT = [("b1", ("beer",)), ("b2", ("beer", "eel")), ("b3", ("beer", "eel")), ("b4", ("fig",))]


@pytest.fixture
def filled(lake):
    lake.put(tables.LINES, LINES)
    lake.put(tables.ITEMS, ITEMS)
    return lake


def baskets(lake):
    return rows(lake.read(tables.BASKETS), "basket_id", "items")


def run_record(lake):
    return {row["run_id"]: row for row in lake.read(tables.RUNS).collect()}


def test_a_step_publishes_its_tables_and_records_the_run(filled):
    assert filled.run(STEP.name, "--run-id", "first", "--set", "lake.baskets.max_items=9") == 0
    assert baskets(filled) == BUILT
    row = run_record(filled)["first"]
    assert (row["outcome"], row["exit_code"], row["rows_in"]) == ("done", 0, 6 + 3)
    assert row["input_versions"] == {"silver.lines": 1, "silver.items": 1, "silver.baskets": 0}
    assert set(row["output_versions"]) == set(map(str, STEP.writes))
    assert json.loads(row["settings"])["lake"]["baskets"]["max_items"] == 9
    assert row["rows_out"] == sum(filled.read(table).count() for table in STEP.writes)


def test_a_second_run_gives_the_same_tables(filled):
    for name in ("one", "two"):
        assert filled.run(STEP.name, "--run-id", name) == 0
    versions = [run_record(filled)[name]["output_versions"]["silver.interactions"] for name in ("one", "two")]
    assert versions[0] < versions[1]
    columns = tables.INTERACTIONS.column_names
    first, second = (rows(filled.store.read(tables.INTERACTIONS, v), *columns) for v in versions)
    assert first == second
    assert len(first) == 5
    assert baskets(filled) == BUILT


def test_what_the_stages_of_each_try_of_a_step_did_is_kept(filled):
    for _ in range(2):
        began = time.time()
        assert filled.run(STEP.name, "--run-id", "same") == 0
    (tried,) = rows(filled.read(tables.RUNS), "started_at")
    every = filled.read(tables.STAGE_METRICS)
    key = [str(name) for name in tables.STAGE_METRICS.key]
    assert every.select(key).distinct().count() == every.count()
    assert every.select("tried_at").distinct().count() == 2
    found = every.where(every.tried_at == tried[0]).collect()
    assert {(row["run_id"], row["step"], row["outcome"]) for row in found} == {("same", STEP.name, "COMPLETE")}
    assert len({(row["stage"], row["attempt"]) for row in found}) == len(found) > 3
    assert all(row["started_at"].timestamp() >= began - 0.001 and row["seconds"] >= 0 for row in found)
    assert all(row["task_seconds"] >= 0 and row["n_failed_tasks"] == 0 < row["n_tasks"] for row in found)


def test_a_platform_that_hides_its_stages_costs_these_rows_alone(filled, monkeypatch, capsys):
    monkeypatch.setattr("basketry.spark_stages._all_stages", lambda _: 1 / 0)
    assert filled.run(STEP.name, "--run-id", "hidden") == 0
    assert "nothing is written to ops.stage_metrics: division by zero" in capsys.readouterr().err
    assert run_record(filled)["hidden"]["outcome"] == "done" and baskets(filled) == BUILT


def test_the_commit_names_its_run(filled):
    filled.run(STEP.name, "--run-id", "named")
    note = filled.store.last_commit(tables.INTERACTIONS)["userMetadata"]
    assert json.loads(note) == {"run_id": "named", "step": STEP.name}


def test_a_period_keeps_its_first_day_and_leaves_its_last(filled):
    assert filled.run(STEP.name, "--from", "2024-01-02", "--to", "2024-02-02") == 0
    assert baskets(filled) == BUILT[1:3]


def test_a_dry_run_writes_nothing(filled):
    assert filled.run(STEP.name, "--dry-run") == 0
    assert not any(filled.store.exists(table) for table in (*STEP.writes, tables.RUNS, tables.STAGE_METRICS))


def test_a_dry_run_of_a_step_that_adds_to_what_is_there_writes_nothing(lake):
    (lake.raw / "a.csv").write_text("basket_id,item_id,quantity,amount,sold_at\nb1,beer,1,2.00,2024-01-01 10:00:00\n")
    assert lake.run("ingest_lines", "--dry-run") == 0
    assert not lake.root.exists()
    assert lake.run("ingest_lines") == 0
    assert lake.run("clean_lines", "--dry-run") == 0
    assert not (lake.root / "silver").exists()


def test_a_missing_input_is_exit_4_and_recorded(lake, capsys):
    assert lake.run(STEP.name, "--run-id", "lost") == 4
    assert "silver.lines: no table at" in capsys.readouterr().err
    row = run_record(lake)["lost"]
    assert (row["outcome"], row["exit_code"]) == ("failed", 4)
    assert "silver.lines" in row["message"]


def test_an_empty_input_is_exit_3_and_leaves_the_good_tables(filled, capsys):
    filled.run(STEP.name)
    before = filled.store.version(tables.BASKETS)
    filled.put(tables.LINES, "basket_id line_number item_id")
    assert filled.run(STEP.name) == 3
    assert "lake.allow_empty=true" in capsys.readouterr().err
    assert filled.store.version(tables.BASKETS) == before


def test_an_input_of_another_shape_is_exit_3(lake, spark, capsys):
    other = spark.createDataFrame([("b1", "beer", "one")], "basket_id string, item_id string, line_number string")
    other.write.format("delta").save(lake.store.location(tables.LINES))
    assert lake.run(STEP.name) == 3
    message = capsys.readouterr().err
    assert "line_number is string, declared int" in message
    assert "sold_on is missing" in message


def test_wrong_settings_are_exit_2_before_anything_starts(filled, capsys):
    assert filled.run(STEP.name, "--set", "mining.min_support=7") == 2
    assert "mining.min_support = 7" in capsys.readouterr().err
    assert not filled.store.exists(tables.RUNS)


def test_a_bug_is_exit_1_with_its_traceback(filled, capsys, monkeypatch):
    monkeypatch.setattr("basketry.jobs.build_baskets.build_baskets", lambda *_: 1 / 0)
    assert filled.run(STEP.name, "--run-id", "bug") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" in run_record(filled)["bug"]["message"]


def test_a_table_the_step_does_not_declare_is_not_written(filled, monkeypatch):
    monkeypatch.setattr("basketry.jobs.build_baskets.tables.INTERACTIONS", tables.METRICS)
    assert filled.run(STEP.name) == 1
    assert not filled.store.exists(tables.METRICS)
