"""A step is left out only when doing it again would give the tables it left."""

import pytest

from basketry import freshness, tables
from basketry.arguments import parse_arguments
from basketry.freshness import done_by
from basketry.pipeline import BY_NAME

STEP = BY_NAME["build_baskets"]
LINES = "basket_id line_number item_id user_id sold_on\nb1 1 beer ann 2024-01-01\nb1 2 eel ann 2024-01-01"


@pytest.fixture
def built(lake):
    lake.put(tables.LINES, LINES)
    lake.put(tables.ITEMS, "item_id\nbeer\neel")
    assert lake.run(STEP.name, "--run-id", "then") == 0
    return lake


def done(lake, *flags):
    where = ["--set", f"lake.root={lake.root}", "--set", f"lake.raw={lake.raw}"]
    return done_by(STEP, parse_arguments([*where, *flags], {}), lake.store)


def test_the_same_question_of_the_same_tables_is_answered(built):
    assert done(built) == "then"


def test_another_setting_period_or_code_asks_anew(built, monkeypatch):
    assert done(built, "--set", "lake.baskets.max_items=9") is None
    assert done(built, "--from", "2024-01-02") is None
    monkeypatch.setattr(freshness, "code_version", lambda: "0.1.0+changed")
    assert done(built) is None


@pytest.mark.parametrize("table", [tables.ITEMS, tables.INTERACTIONS], ids=str)
def test_a_table_written_since_asks_anew(built, table):
    built.store.replace(table, built.read(table), "by hand")
    assert done(built) is None


def test_a_run_that_failed_since_leaves_the_good_one(built, monkeypatch):
    monkeypatch.setattr("basketry.jobs.build_baskets.build_baskets", lambda *_: 1 / 0)
    assert built.run(STEP.name, "--run-id", "bad") == 1
    assert done(built) == "then"


def test_what_never_ran_or_lost_a_table_is_not_done(built, lake):
    built.store.delta_table(tables.BASKETS).delete()
    assert done(built) is None
    assert done_by(BY_NAME["ingest_lines"], parse_arguments([], {}), lake.store) is None


def test_a_step_that_reads_a_file_of_users_is_never_done(lake, monkeypatch):
    monkeypatch.setattr(freshness, "last_run", lambda *_: pytest.fail("looked for a run"))
    asked = parse_arguments(["--set", "mining.segment_by=user", "--set", "mining.user_segments=users.csv"], {})
    assert done_by(BY_NAME["mine_rules"], asked, lake.store) is None
    with pytest.raises(pytest.fail.Exception, match="looked for a run"):
        done_by(BY_NAME["train_als"], asked, lake.store)
