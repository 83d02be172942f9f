"""A step is left out only when doing it again would give the tables it left."""

import pytest

from basketry import freshness, tables
from basketry.arguments import parse_arguments
from basketry.freshness import done_by
from basketry.pipeline import BY_NAME
from tests.jobs.test_job import BASKETS, ITEMS, MINING

STEP = BY_NAME["mine_rules"]


@pytest.fixture
def mined(lake):
    lake.put(tables.BASKETS, BASKETS)
    lake.put(tables.ITEMS, ITEMS)
    assert lake.run("mine_rules", "--run-id", "then", *MINING) == 0
    return lake


def done(lake, *flags):
    where = ["--set", f"lake.root={lake.root}", "--set", f"lake.raw={lake.raw}"]
    return done_by(STEP, parse_arguments([*where, *MINING, *flags], {}), lake.store)


def test_the_same_question_of_the_same_tables_is_answered(mined):
    assert done(mined) == "then"


def test_another_setting_period_or_code_asks_anew(mined, monkeypatch):
    assert done(mined, "--set", "mining.max_length=2") is None
    assert done(mined, "--from", "2024-01-02") is None
    monkeypatch.setattr(freshness, "code_version", lambda: "0.1.0+changed")
    assert done(mined) is None


@pytest.mark.parametrize("table", [tables.ITEMS, tables.RULES], ids=str)
def test_a_table_written_since_asks_anew(mined, table):
    mined.store.replace(table, mined.read(table), "by hand")
    assert done(mined) is None


def test_a_run_that_failed_since_leaves_the_good_one(mined, monkeypatch):
    monkeypatch.setattr("basketry.jobs.mine_rules.mine", lambda *_: 1 / 0)
    assert mined.run("mine_rules", "--run-id", "bad", *MINING) == 1
    assert done(mined) == "then"


def test_what_never_ran_or_lost_a_table_is_not_done(mined, lake):
    mined.store.delta_table(tables.RULES).delete()
    assert done(mined) is None
    assert done_by(BY_NAME["ingest_lines"], parse_arguments([], {}), lake.store) is None
