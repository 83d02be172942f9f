"""The page as a whole: same bytes, bounded, whatever tables there are; what changed; no JVM."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

from basketry import tables
from basketry.commands.options import paths_root
from basketry.errors import ContractError, MissingInputError, SettingsError
from basketry.lake.settings import LakeSettings
from basketry.report.build import open_lake
from basketry.report.sheet import shown
from basketry.tables.snapshot import Snapshot, before, snapshot
from tests.report.conftest import NAMES, made
from tests.support.dom import parse, sheets, text
from tests.support.plain_lake import plain_lake, record_run, write_table

SMALL = {
    "n_rules": 4,
    "n_edges": 3,
    "n_items": 2,
    "n_neighbours": 2,
    "n_map_items": 5,
    "n_files": 1,
    "n_users": 1,
    "n_drifted": 3,
}


@pytest.fixture
def lake(tmp_path):
    return plain_lake(tmp_path / "lake")


def test_the_same_rows_in_another_order_give_the_same_bytes(hostile_report, tmp_path):
    again = made(plain_lake(tmp_path / "lake", NAMES, shuffle=3), tmp_path / "again")
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(hostile_report) for path in hostile_report.rglob("*") if path.is_file())
    assert [str(f) for f in files if (again / f).read_bytes() != (hostile_report / f).read_bytes()] == []


def test_every_part_is_bounded_and_says_so(lake, tmp_path):
    page = parse((made(lake, tmp_path / "out", **SMALL) / "report.html").read_text())
    for sheet, most in (("rules", 4), ("pairs", 6), ("embedding_map", 5), ("files", 1), ("drift", 6)):
        (rows,) = sheets(page, sheet)
        assert len(rows) == most, sheet
    assert sum(a.get("id").startswith("rule-") for a in page.iter("article")) == 4
    assert sum(a.get("id").startswith("item-") for a in page.iter("article")) == 2
    assert max(len(rows) for rows in sheets(page, "item-factors")) == 2
    said = text(page)
    assert "report.n_rules shows more" in said and "2 earlier files are left out" in said


def test_what_later_steps_have_not_written_yet_is_named_not_missed(lake, tmp_path):
    first = made(lake, tmp_path / "out", **SMALL)
    for table in (tables.ITEM_EMBEDDINGS, tables.ITEM_NEIGHBOURS, tables.TRAINING_LOG, tables.METRICS,
                  tables.VALIDATION_LOG, tables.DRIFT, tables.RECOMMENDATIONS, tables.SIMILAR_ITEMS, tables.SEGMENTS,
                  tables.DEMAND, tables.HOT_SELLERS, tables.STOCK_PLAN, tables.SLOTTING, tables.ALLOCATION,
                  tables.RUNS):  # fmt: skip
        shutil.rmtree(lake / table.layer / table.name)
    said = text(parse((made(lake, tmp_path / "out", **SMALL) / "report.html").read_text()))
    for step in ("train_als", "train_embeddings", "evaluate", "measure_drift", "segment_users", "forecast_demand",
                 "rank_hot_sellers", "plan_stock",
                 "slot_items", "allocate_items"):  # fmt: skip
        assert f"run {step}" in said
    assert not list(first.rglob("metrics.*")) and not list(first.rglob("embedding_map.*"))


def test_a_lake_without_rules_has_a_page(lake, tmp_path):
    for table in (tables.RULES, tables.PAIRS):
        write_table(lake, table, [])
    record_run(lake, "second", {"gold.rules": 1, "gold.pairs": 1}, datetime(2024, 7, 1, tzinfo=UTC))
    page = parse((made(lake, tmp_path / "out", **SMALL) / "report.html").read_text())
    assert sheets(page, "rules") == []
    assert "Rules, best first: none." in text(page)


def test_a_table_that_is_not_there_is_named(lake, tmp_path):
    shutil.rmtree(lake / "gold" / "rules")
    shutil.rmtree(lake / "ops")
    with pytest.raises(MissingInputError, match=r"gold\.rules: no table at .*run the step that writes it"):
        made(lake, tmp_path / "out", **SMALL)


def test_a_table_of_another_version_of_basketry_is_refused(lake, tmp_path):
    place = str(lake / "gold" / "rules")
    old = DeltaTable(place).to_pyarrow_table().drop_columns(["q"])
    shutil.rmtree(place)
    write_deltalake(place, old)
    shutil.rmtree(lake / "ops")
    with pytest.raises(ContractError, match=r"gold\.rules: .* has no column q; .*run its step again"):
        made(lake, tmp_path / "out", **SMALL)


def test_rules_that_came_and_went_since_the_run_before(lake, tmp_path):
    rows = DeltaTable(str(lake / "gold" / "rules")).to_pyarrow_table().to_pylist()
    gone = max((row for row in rows if row["is_significant"]), key=lambda row: row["freq"])
    came = max((row for row in rows if not row["is_significant"]), key=lambda row: row["freq"])
    came["is_significant"] = True
    version = write_table(lake, tables.RULES, [row for row in rows if row is not gone])
    record_run(lake, "second", {"gold.rules": version}, datetime(2024, 7, 1, tzinfo=UTC))
    page = parse((made(lake, tmp_path / "out", **SMALL) / "report.html").read_text())
    (rules,) = sheets(page, "changed_rules")
    assert rules == [
        [came["antecedent"][0].upper(), came["consequent"][0].upper(), "new"],
        [gone["antecedent"][0].upper(), gone["consequent"][0].upper(), "gone"],
    ]
    (figures,) = sheets(page, "changes")
    assert figures[0] == ["rules", str(len(rows)), str(len(rows) - 1), "-1"]


def test_tables_stand_where_the_last_finished_run_left_them(lake):
    rows = DeltaTable(str(lake / "gold" / "rules")).to_pyarrow_table().to_pylist()
    unfinished = write_table(lake, tables.RULES, rows[:1])
    assert snapshot(str(lake)).version(tables.RULES) == 0
    assert before(str(lake)).pinned == {}
    record_run(lake, "second", {"gold.rules": unfinished}, datetime(2024, 7, 1, tzinfo=UTC))
    assert snapshot(str(lake)).version(tables.RULES) == unfinished
    assert before(str(lake)).pinned == {"gold.rules": 0}
    assert Snapshot(str(lake), {}).version(tables.RULES) == unfinished


def test_the_out_folder_may_not_be_a_file(lake, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SettingsError, match="not a folder"):
        made(lake, tmp_path / "out", **SMALL)
    assert (tmp_path / "out").read_text() == "mine"


def test_the_command_needs_no_java_and_gives_the_same_bytes_in_another_process(lake, tmp_path):
    """PATH and JAVA_HOME lead nowhere, so that a JVM could not start; sets of strings have another order."""
    environ = {**os.environ, "PATH": str(tmp_path), "JAVA_HOME": str(tmp_path), "PYTHONHASHSEED": "1"}
    command = [Path(sys.executable).with_name("basketry"), "report", "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, "--set", f"lake.root={lake}", "--set", "report.n_rules=3"], env=environ,
                          capture_output=True, text=True)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"wrote {tmp_path / 'out' / 'report.html'}; 12 pictures and 27 tables")
    here = made(lake, tmp_path / "here", n_rules=3)
    assert (tmp_path / "out" / "report.html").read_bytes() == (here / "report.html").read_bytes()


def test_a_catalog_is_refused_with_the_way_out():
    with pytest.raises(SettingsError, match=r"lake\.catalog = main: .*reads Delta tables by path"):
        paths_root(LakeSettings(catalog="main"))


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [(1234567, "count", "1,234,567"), (0.1234, "share", "12.3 %"), (0.00568, "share", "0.57 %"),
     (1e-9, "share", "below 0.001 %"), (0.0, "share", "0 %"), (1.0, "share", "100.0 %"), (13.747, "number", "13.7"),
     (1e-180, "chance", "below 0.001"), (0.04, "chance", "0.040"), (None, "number", "–"), (float("nan"), "count", "–"),
     (True, "flag", "yes"), (False, "flag", "no"), (151.2, "number", "151"), (0.0, "number", "0")],
)  # fmt: skip
def test_a_number_as_a_person_reads_it(value, kind, said):
    assert shown(value, kind) == said


def test_the_lake_before_is_empty_after_one_run(lake):
    assert open_lake(str(lake)).then.pinned == {}
