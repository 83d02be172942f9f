"""Upkeep joins files and deletes old ones; no row changes, and no reader is disturbed."""

import os
import time

from basketry import tables
from basketry.arguments import parse_arguments
from basketry.freshness import done_by
from basketry.pipeline import BY_NAME
from basketry.tables import upkeep
from tests.support.tables import frame, rows

DAYS = [f"2024-01-{day:02}" for day in range(1, 25)]
AGO = 40 * 86_400


def filled(lake):
    """silver.lines in 24 files, each with rows of every other day; the version before had one row."""
    lake.put(tables.LINES, "basket_id item_id\nold tea")
    picture = "\n".join(["basket_id item_id sold_on", *(f"b{n} tea {DAYS[n * 7 % 24]}" for n in range(240))])
    lines = frame(lake.store.spark, tables.LINES, picture).repartition(24)
    lake.store.replace(tables.LINES, lines, "test")
    lake.put(tables.ITEMS, "item_id\ntea")
    return lake


def orphan(lake, name, age):
    path = lake.root / "silver" / "lines" / name
    path.write_bytes(b"left by a killed run")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_files_are_joined_and_old_ones_deleted_while_a_reader_reads_on(lake, monkeypatch):
    monkeypatch.setattr(upkeep, "BYTES_OF_A_FILE", 32 << 10)
    filled(lake)
    old, young = orphan(lake, "part-1.parquet", AGO), orphan(lake, "part-2.parquet", 60)
    version = lake.store.version(tables.LINES)
    reader = lake.read(tables.LINES)
    before = rows(reader, "basket_id", "sold_on")
    assert upkeep.size(lake.store, tables.LINES).files == 24
    assert lake.run("maintain_tables", "--run-id", "weekly") == 0
    after = upkeep.size(lake.store, tables.LINES)
    assert 1 < after.files < 12
    assert (old.exists(), young.exists()) == (False, True)
    assert rows(reader, "basket_id", "sold_on") == rows(lake.read(tables.LINES), "basket_id", "sold_on") == before
    assert rows(lake.store.read(tables.LINES, version - 1), "basket_id") == [("old",)]
    assert "weekly" in lake.store.last_commit(tables.LINES)["userMetadata"]
    day = lake.read(tables.LINES).where(f"sold_on = '{DAYS[3]}'")
    assert day.select("_metadata.file_path").distinct().count() < after.files


def test_a_second_upkeep_and_a_dry_run_change_nothing(lake):
    filled(lake)
    assert lake.run("maintain_tables", "--dry-run") == 0
    assert upkeep.size(lake.store, tables.LINES).files == 24
    assert lake.run("maintain_tables") == 0
    version = lake.store.version(tables.LINES)
    assert lake.run("maintain_tables") == 0
    assert lake.store.version(tables.LINES) == version


def test_what_was_up_to_date_is_so_after_upkeep(lake):
    filled(lake)
    step = BY_NAME["build_baskets"]
    assert lake.run(step.name, "--run-id", "then") == 0
    assert lake.run("maintain_tables") == 0
    asked = parse_arguments(["--set", f"lake.root={lake.root}", "--set", f"lake.raw={lake.raw}"], {})
    assert done_by(step, asked, lake.store) == "then"
