"""The frame of every job: exit codes, the run record, pinned inputs, periods, dry runs, repeats."""

import json

import pytest

from basketry import tables
from basketry.pipeline import BY_NAME
from tests.support.tables import rows

BASKETS = """
basket_id  items      n_items  sold_on
b1         {beer}     1        2024-01-01
b2         {beer eel} 2        2024-01-02
b3         {beer eel} 2        2024-02-01
b4         {fig}      1        2024-02-02
"""
ITEMS = "item_id\nbeer\neel\nfig"
WRITTEN = BY_NAME["mine_rules"].writes
MINING = ("--set", "mining.min_support=0.5", "--set", "mining.min_confidence=0.5")


@pytest.fixture
def filled(lake):
    lake.put(tables.BASKETS, BASKETS)
    lake.put(tables.ITEMS, ITEMS)
    return lake


def run_record(lake):
    return {row["run_id"]: row for row in lake.read(tables.RUNS).collect()}


def test_a_step_publishes_its_tables_and_records_the_run(filled):
    assert filled.run("mine_rules", "--run-id", "first", *MINING) == 0
    assert rows(filled.read(tables.ITEMSETS), "items", "freq") == [(("beer",), 3), (("beer", "eel"), 2), (("eel",), 2)]
    row = run_record(filled)["first"]
    assert (row["outcome"], row["exit_code"], row["rows_in"]) == ("done", 0, 4 + 3)
    assert row["input_versions"] == {"silver.baskets": 1, "silver.items": 1}
    assert set(row["output_versions"]) == set(map(str, WRITTEN))
    assert json.loads(row["settings"])["mining"]["min_support"] == 0.5
    assert row["rows_out"] == sum(filled.read(table).count() for table in WRITTEN)


def test_a_second_run_gives_the_same_tables(filled):
    for name in ("one", "two"):
        assert filled.run("mine_rules", "--run-id", name, *MINING) == 0
    versions = [run_record(filled)[name]["output_versions"]["gold.rules"] for name in ("one", "two")]
    first, second = (rows(filled.store.read(tables.RULES, v), *tables.RULES.column_names) for v in versions)
    assert first == second
    assert len(first) == len({row[:2] for row in first})


def test_the_commit_names_its_run(filled):
    filled.run("mine_rules", "--run-id", "named", *MINING)
    note = filled.store.last_commit(tables.RULES)["userMetadata"]
    assert json.loads(note) == {"run_id": "named", "step": "mine_rules"}


def test_a_period_keeps_its_first_day_and_leaves_its_last(filled):
    period = ("--from", "2024-01-02", "--to", "2024-02-02")
    assert filled.run("mine_rules", *period, *MINING) == 0
    assert rows(filled.read(tables.ITEMSETS), "items", "freq") == [(("beer",), 2), (("beer", "eel"), 2), (("eel",), 2)]


def test_a_dry_run_writes_nothing(filled):
    assert filled.run("mine_rules", "--dry-run", *MINING) == 0
    assert not filled.store.exists(tables.RULES)
    assert not filled.store.exists(tables.RUNS)


def test_a_missing_input_is_exit_4_and_recorded(lake, capsys):
    assert lake.run("mine_rules", "--run-id", "lost") == 4
    assert "silver.baskets: no table at" in capsys.readouterr().err
    row = run_record(lake)["lost"]
    assert (row["outcome"], row["exit_code"]) == ("failed", 4)
    assert "silver.baskets" in row["message"]


def test_an_empty_input_is_exit_3_and_leaves_the_good_tables(filled, capsys):
    filled.run("mine_rules", *MINING)
    before = filled.store.version(tables.RULES)
    filled.put(tables.BASKETS, "basket_id items n_items")
    assert filled.run("mine_rules", *MINING) == 3
    assert "lake.allow_empty=true" in capsys.readouterr().err
    assert filled.store.version(tables.RULES) == before


def test_an_input_of_another_shape_is_exit_3(lake, spark, capsys):
    other = spark.createDataFrame([("b1", "beer")], "basket_id string, items string")
    other.write.format("delta").save(lake.store.location(tables.BASKETS))
    assert lake.run("mine_rules") == 3
    message = capsys.readouterr().err
    assert "items is string, declared array<string>" in message
    assert "sold_on is missing" in message


def test_wrong_settings_are_exit_2_before_anything_starts(filled, capsys):
    assert filled.run("mine_rules", "--set", "mining.min_support=7") == 2
    assert "mining.min_support = 7" in capsys.readouterr().err
    assert not filled.store.exists(tables.RUNS)


def test_a_bug_is_exit_1_with_its_traceback(filled, capsys, monkeypatch):
    monkeypatch.setattr("basketry.jobs.mine_rules.mine", lambda *_: 1 / 0)
    assert filled.run("mine_rules", "--run-id", "bug") == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" in run_record(filled)["bug"]["message"]


def test_a_table_the_step_does_not_declare_is_not_written(filled, monkeypatch):
    monkeypatch.setattr("basketry.jobs.mine_rules.tables.RULES", tables.METRICS)
    assert filled.run("mine_rules", *MINING) == 1
    assert not filled.store.exists(tables.METRICS)
