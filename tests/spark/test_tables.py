"""A declaration gives the schema, the constraints and one clear refusal."""

import random
import shutil
import threading
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from deltalake import DeltaTable as DeltaLog

from basketry import tables
from basketry.errors import ContractError, MissingInputError
from basketry.tables import conflicts
from basketry.tables.store import Commit, Store, first_line
from tests.support.tables import frame, rows


@pytest.fixture
def store(spark, tmp_path):
    return Store(spark, str(tmp_path))


def itemsets(spark, picture):
    return frame(spark, tables.ITEMSETS, picture)


def test_conform_lists_every_fault_at_once(spark):
    df = spark.createDataFrame([(1, "x")], "items int, colour string")
    with pytest.raises(ContractError) as caught:
        tables.conform(df, tables.ITEMSETS)
    message = str(caught.value)
    assert "items is int, declared array<string>" in message
    assert "size is missing" in message
    assert "colour is not declared" in message


def test_conform_restores_the_declared_order(spark):
    df = itemsets(spark, "items freq\n{a} 2").select(*reversed(tables.ITEMSETS.column_names))
    assert tables.conform(df, tables.ITEMSETS).columns == tables.ITEMSETS.column_names


def test_replacing_twice_leaves_the_same_rows(spark, store):
    df = itemsets(spark, "items freq\n{a} 2\n{a b} 1")
    first = store.replace(tables.ITEMSETS, df, "test")
    second = store.replace(tables.ITEMSETS, df, "test")
    assert (first.rows, second.rows) == (2, 2)
    assert second.version == first.version + 1
    assert rows(store.read(tables.ITEMSETS), "items", "freq") == [(("a",), 2), (("a", "b"), 1)]


def test_an_older_version_stays_readable(spark, store):
    first = store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 2"), "test")
    store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{b} 3"), "test")
    assert rows(store.read(tables.ITEMSETS, first.version), "items") == [(("a",),)]


def test_what_the_log_says_of_the_newest_version_is_what_delta_says_of_it(spark, store):
    said, told = [], []
    # Delta writes a checkpoint after ten.
    for n in range(1, 14):
        picture = "items freq\n" + "\n".join(f"{{i{i}}} 1" for i in range(n))
        said.append(store.replace(tables.ITEMSETS, itemsets(spark, picture), "test"))
        last = store.last_commit(tables.ITEMSETS)
        told.append(Commit(last["version"], int(last["operationMetrics"]["numOutputRows"])))
    assert said == told == [Commit(n, n) for n in range(1, 14)]
    assert (Path(store.location(tables.ITEMSETS)) / "_delta_log" / "_last_checkpoint").exists()


def test_a_version_is_found_in_a_log_that_has_lost_the_name_of_its_checkpoint(spark, store):
    for n in range(12):
        store.replace(tables.ITEMSETS, itemsets(spark, f"items freq\n{{a}} {n + 1}"), "test")
    log = Path(store.location(tables.ITEMSETS)) / "_delta_log"
    # As it is while another run writes it; then not at all.
    (log / "_last_checkpoint").write_text('{"vers')
    (log / "._last_checkpoint.crc").unlink(missing_ok=True)
    assert store.version(tables.ITEMSETS) == 12
    (log / "_last_checkpoint").unlink()
    for n in range(10):
        (log / f"{n:020}.json").unlink()
    assert store.version(tables.ITEMSETS) == 12


def test_a_table_that_another_run_is_making_is_waited_for(spark, store, tmp_path):
    theirs, place = Store(spark, str(tmp_path / "theirs")), Path(store.location(tables.ITEMSETS))
    theirs.create(tables.ITEMSETS)
    (place / "_delta_log").mkdir(parents=True)
    commit = Path("_delta_log") / f"{0:020}.json"
    another = threading.Timer(0.3, lambda: shutil.copy(Path(theirs.location(tables.ITEMSETS)) / commit, place / commit))
    another.start()
    store.create(tables.ITEMSETS)
    another.join()
    assert store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 2"), "test").version == 1


def test_what_a_killed_run_left_half_made_is_refused_by_name(store, monkeypatch):
    monkeypatch.setattr(conflicts, "PAUSES_SECONDS", (0.01,))
    (Path(store.location(tables.ITEMSETS)) / "_delta_log").mkdir(parents=True)
    with pytest.raises(ContractError, match=r"gold\.itemsets: .*no finished table.* Move the folder away"):
        store.create(tables.ITEMSETS)


def test_a_table_of_another_release_is_refused_by_name_and_kept(spark, store):
    older = spark.createDataFrame([(["a"], 2)], "items array<string>, freq bigint")
    older.write.format("delta").save(store.location(tables.ITEMSETS))
    with pytest.raises(ContractError, match=r"gold\.itemsets: .*itemsets has other columns .* Move that table away"):
        store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 2"), "test")
    assert DeltaTable.forPath(spark, store.location(tables.ITEMSETS)).toDF().count() == 1


def test_merge_inserts_new_keys_and_updates_known_ones(spark, store):
    store.merge(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 2"), "test")
    for _ in range(2):
        store.merge(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 5\n{b} 1"), "test")
    assert rows(store.read(tables.ITEMSETS), "items", "freq") == [(("a",), 5), (("b",), 1)]


def statistics(store, table, picture):
    """Columns of which Delta kept the least value in each data file of a table of this picture."""
    store.replace(table, frame(store.spark, table, picture), "test")
    added = DeltaLog(store.location(table)).get_add_actions(flatten=True).column_names
    return {name.removeprefix("min.") for name in added if name.startswith("min.")}


def test_files_have_statistics_of_what_a_reader_finds_rows_by_and_of_no_other_column(store):
    assert statistics(store, tables.LINES, "basket_id item_id\nb1 i1") == {"sold_on"}
    assert statistics(store, tables.RAW_LINES, "file record_number\na.csv 1") == {"file", "record_number"}
    assert len(statistics(store, tables.ITEMSETS, "items freq\n{a} 2")) > 2


def test_delta_holds_checks_not_null_and_comments(spark, store):
    with pytest.raises(ContractError, match="nothing was written"):
        store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{a} 0"), "test")
    with pytest.raises(ContractError, match="nothing was written"):
        store.replace(tables.ITEMSETS, itemsets(spark, "items freq\n{a} -"), "test")
    assert store.read(tables.ITEMSETS).count() == 0
    schema = DeltaTable.forPath(spark, store.location(tables.ITEMSETS)).toDF().schema
    assert schema["freq"].metadata["comment"] == "baskets that hold all of them"


def test_a_missing_table_or_version_is_named(store):
    with pytest.raises(MissingInputError, match=r"gold\.itemsets: no table at"):
        store.read(tables.ITEMSETS)
    store.create(tables.ITEMSETS)
    with pytest.raises(MissingInputError, match="version 9"):
        store.read(tables.ITEMSETS, 9)


def test_a_null_key_never_reaches_a_merge_that_would_insert_it_again_and_again(spark, store):
    df = itemsets(spark, "items freq segment level\n{a} 2 - item")
    with pytest.raises(ContractError, match="nothing was written"):
        store.merge(tables.ITEMSETS, df, "test")
    assert store.read(tables.ITEMSETS).count() == 0


def test_a_flipped_byte_in_a_data_file_is_an_error_and_never_another_value(spark, store):
    picture = "\n".join(["items freq", *(f"{{i{n}}} {n * 7919}" for n in range(1, 400))])
    store.replace(tables.ITEMSETS, itemsets(spark, picture).coalesce(1), "test")
    truth = rows(store.read(tables.ITEMSETS), *tables.ITEMSETS.column_names)
    (path,) = Path(store.location(tables.ITEMSETS)).glob("part-*.parquet")
    sound = path.read_bytes()
    for crc in path.parent.glob(".*.crc"):
        crc.unlink()
    chance, outcomes = random.Random(5), []  # noqa: S311
    for _ in range(12):
        at = chance.randrange(4, len(sound) // 2)
        path.write_bytes(sound[:at] + bytes([sound[at] ^ (1 << chance.randrange(8))]) + sound[at + 1 :])
        try:
            assert rows(store.read(tables.ITEMSETS), *tables.ITEMSETS.column_names) == truth
            outcomes.append("same")
        except Exception as error:
            assert not isinstance(error, AssertionError)
            outcomes.append("error")
    assert outcomes.count("error") > 6


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("An error occurred while calling o4.execute.\n: java.io.IOException: Read-only\n\tat a.b",
         "java.io.IOException: Read-only"),
        ("An error occurred while calling o4.execute.\n: x: [DELTA_NOT_NULL] null\n\tat a.b",
         ": x: [DELTA_NOT_NULL] null"),
        ("no table\nmore", "no table"),
        ("", "ValueError"),
    ],
)  # fmt: skip
def test_of_an_error_the_line_that_says_what_is_wrong(text, line):
    assert first_line(ValueError(text)) == line
