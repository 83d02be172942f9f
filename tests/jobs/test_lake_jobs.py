"""The lake's jobs on small raw folders: every record accounted for, whatever comes and in whatever order."""

import random
import shutil
import time
from collections import Counter

import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.lake import ingest
from basketry.lake.outliers import usual_values
from basketry.tables import upkeep
from tests.support.bad_inputs import HEAD, bad_inputs, row
from tests.support.lake import LENIENT, counts, put
from tests.support.tables import rows
from tests.unit.lake.test_readers import good_files, mutated

PLACE = ("file", "record_number")


def clean(lake, *flags):
    assert lake.run("ingest_lines") == 0
    return lake.run("clean_lines", *LENIENT, *flags)


def test_every_record_of_the_bad_inputs_ends_as_expected_and_the_law_holds(lake):
    every = bad_inputs()
    for bad in every:
        put(lake, bad.file, bad.data)
    assert clean(lake) == 0
    refused = {(f, n): "+".join(r) for f, n, r in rows(lake.read(tables.REJECTS), "file", "record_number", "reasons")}
    kept = dict.fromkeys(rows(lake.read(tables.LINES), "file", "record_number"), "kept")
    wrong = {}
    for bad in every:
        for number, outcome in enumerate(bad.outcomes, start=1):
            found = (refused | kept).get((bad.file, number), "blank")
            if set(found.split("+")) != set(outcome.split("+")):
                wrong[bad.file, number] = (found, outcome)
    assert wrong == {}
    total = Counter(o if o in ("kept", "blank") else "rejected" for bad in every for o in bad.outcomes)
    assert {name: n for name, n in counts(lake).items() if name in total} == dict(total)
    assert all(raw for (raw,) in rows(lake.read(tables.REJECTS), "raw"))


def test_a_thousand_mutated_files_balance_to_the_record(lake):
    chance = random.Random(3)  # noqa: S311
    for n in range(1000):
        good, ending = chance.choice(good_files())
        put(lake, f"m{n:04}{ending}", mutated(good, chance))
    assert clean(lake) == 0
    found = counts(lake)
    read = lake.read(tables.FILES).agg(F.sum("n_records")).collect()[0][0]
    assert found["read"] == read == found["kept"] + found["duplicate"] + found["rejected"] + found["blank"]
    assert lake.read(tables.LINES).count() == found["kept"]
    assert lake.read(tables.REJECTS).count() == found["rejected"]


def test_ingest_reads_what_is_new_and_a_file_sent_twice_adds_nothing(lake):
    put(lake, "a.csv", row("b1"), row("b2"))
    assert clean(lake) == 0
    versions = lake.store.version(tables.RAW_LINES), lake.store.version(tables.FILES)
    assert lake.run("ingest_lines") == 0
    put(lake, "a.csv", row("b1"), row("b2"), at=1_706_900_000)  # the same bytes, newer
    assert lake.run("ingest_lines") == 0
    assert (lake.store.version(tables.RAW_LINES), lake.store.version(tables.FILES)) == versions
    put(lake, "again/a.csv", row("b1"), row("b2"), at=1_706_900_000)
    assert clean(lake) == 0
    assert rows(lake.read(tables.LINES), "basket_id") == [("b1",), ("b2",)]
    assert counts(lake)["duplicate"] == 2


def test_a_changed_file_replaces_its_own_records(lake):
    put(lake, "a.csv", row("b1"), row("b2"))
    put(lake, "it's.csv", row("b3"))
    assert clean(lake) == 0
    put(lake, "a.csv", row("b1", quantity="3"), at=1_706_900_000)
    assert clean(lake) == 0
    assert rows(lake.read(tables.LINES), "basket_id", "quantity") == [("b1", 3), ("b3", 1)]


def test_a_run_killed_between_its_two_commits_is_finished_by_the_next(lake, monkeypatch):
    put(lake, "a.csv", row("b1"), row("b2"))
    with monkeypatch.context() as killed:
        killed.setattr("basketry.jobs.ingest_lines.files_read", lambda _: 1 / 0)
        assert lake.run("ingest_lines") == 1
    assert lake.read(tables.RAW_LINES).count() == 3
    put(lake, "b.csv", row("b3"))
    assert clean(lake) == 0
    assert counts(lake)["read"] == 3
    assert rows(lake.read(tables.LINES), "basket_id") == [("b1",), ("b2",), ("b3",)]


def test_only_what_differs_is_written_and_the_change_feed_says_it(lake):
    put(lake, "a.csv", row("b1"), row("b2"), row("b3"))
    assert clean(lake) == 0
    put(lake, "b.csv", row("b2", quantity="5"), at=1_706_900_000)
    assert clean(lake) == 0
    feed = lake.store.spark.read.format("delta").option("readChangeFeed", "true")
    version = lake.store.version(tables.LINES)
    changed = feed.option("startingVersion", version).load(lake.store.location(tables.LINES))
    assert rows(changed, "basket_id", "quantity", "_change_type") == [
        ("b2", 1, "update_preimage"),
        ("b2", 5, "update_postimage"),
    ]


def test_any_order_of_files_batches_and_partitions_gives_the_same_silver(lake, spark):
    files = [*batches("b", numbered=True), *batches("c", numbered=False)]
    put_all(lake, files)
    assert clean(lake) == 0
    at_once = silver(lake)
    assert {line[2] for line in at_once["silver.lines"]} >= {"b1", "c1"}
    shutil.rmtree(lake.root)
    shutil.rmtree(lake.raw)
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    try:
        for later in (files[1::2], files[::2]):
            put_all(lake, reversed(later))
            assert clean(lake) == 0
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", "2")
    assert silver(lake) == at_once


def put_all(lake, files):
    for name, (head, *lines), at in files:
        put(lake, name, *lines, head=head, at=at)


def silver(lake):
    """The content of every silver table that cleaning writes; an index tells who came first, so it may differ."""
    lines = (*PLACE, "basket_id", *(c for c in tables.LINES.column_names if c not in ("basket_id", *PLACE)))
    items = [c for c in tables.ITEMS.column_names if c != "item_index"]
    users = [c for c in tables.USERS.column_names if c != "user_index"]
    wanted = {tables.LINES: lines, tables.REJECTS: tables.REJECTS.column_names, tables.ITEMS: items}
    wanted |= {tables.USERS: users, tables.CHECKS: tables.CHECKS.column_names}
    return {str(table): rows(lake.read(table), *columns) for table, columns in wanted.items()}


def batches(basket, *, numbered):
    """Three files that repeat, correct and cancel one another's lines, with and without line numbers of their own."""

    def line(n, **over):
        return row(f"{basket}{n}", **over)

    first = [line(n, item_id=f"i{n % 4}", quantity=str(1 + n % 3)) for n in range(12)]
    second = [line(n, item_id=f"i{n % 4}", quantity="7") for n in range(6)] + [line(1, item_id="i9", line_no="2")]
    third = [*first[3:5], first[3], line(20), line(21, price="free")]
    made = [("z.csv", [HEAD, *first], 1_706_800_000), ("m.csv", [HEAD, *second], 1_706_900_000)]
    made.append(("a.csv", [HEAD, *third], 1_706_950_000))
    return [(basket + name, lines if numbered else [*map(without_number, lines)], at) for name, lines, at in made]


def without_number(line):
    fields = line.split(",")
    return ",".join(fields[:1] + fields[2:])


def test_records_that_bronze_lost_stop_the_cleaning_and_name_the_file(lake, capsys):
    put(lake, "a.csv", row("b1"), row("b2"))
    put(lake, "b.csv", row("b3"))
    assert lake.run("ingest_lines") == 0
    lake.store.delta_table(tables.RAW_LINES).delete("file = 'a.csv' AND record_number = 2")
    assert lake.run("clean_lines") == 3
    assert "a.csv: 2 records were read, but 1 kept" in capsys.readouterr().err
    assert not lake.store.exists(tables.LINES) or lake.read(tables.LINES).isEmpty()


def test_a_line_that_would_be_published_twice_stops_the_cleaning(lake, capsys, monkeypatch):
    def twice(lines):
        return usual_values(lines).unionByName(usual_values(lines))

    put(lake, "a.csv", *(row(f"b{n}") for n in range(12)))
    monkeypatch.setattr("basketry.lake.clean.usual_values", twice)
    assert clean(lake) == 3
    assert "12 records were kept, but 24 lines would be published" in capsys.readouterr().err
    assert not lake.store.exists(tables.LINES) or lake.read(tables.LINES).isEmpty()


def test_a_gate_that_fails_publishes_nothing(lake, capsys):
    put(lake, "a.csv", row("b1"), row("b2", price="free"))
    assert lake.run("ingest_lines") == 0
    assert lake.run("clean_lines") == 5
    assert "faulty: 1 (50.00%), at most 10.00%" in capsys.readouterr().err
    assert not lake.store.exists(tables.LINES) or lake.read(tables.LINES).isEmpty()


def test_no_folder_is_exit_4_and_an_empty_one_exit_3_unless_allowed(lake):
    assert lake.run("ingest_lines") == 3
    assert lake.run("ingest_lines", "--set", "lake.allow_empty=true") == 0
    lake.raw.rmdir()
    assert lake.run("ingest_lines") == 4


@pytest.mark.full
def test_ten_thousand_small_files_are_read_once_in_bounded_time(lake):
    for n in range(10_000):
        put(lake, f"till-{n % 100:02}/{n:05}.csv", row(f"b{n}"))
    began = time.monotonic()
    assert clean(lake) == 0
    assert lake.run("ingest_lines") == 0
    assert time.monotonic() - began < 600
    assert counts(lake)["kept"] == lake.read(tables.FILES).count() == 10_000
    assert upkeep.size(lake.store, tables.RAW_LINES).files < 20


def test_file_names_with_quotes_and_backslashes_are_literals():
    from basketry.lake.files import RawFile
    from tests.support.reading import AT

    raw = RawFile("it's\\a.csv", "lines", "csv", 1, AT)
    assert ingest.of_files([raw]) == "file IN ('it\\'s\\\\a.csv')"
