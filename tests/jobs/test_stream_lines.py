"""The stream leaves what the batch jobs leave of the same files; what is late is kept for clean_lines."""

import shutil

import pytest
from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.stream.settings import StreamSettings
from basketry.stream.sources import kafka_options
from tests.support.bad_inputs import HEAD, row
from tests.support.lake import LENIENT, Lake, put
from tests.support.stream import ARRIVED, LIVE, same_tables, shop_day, sold
from tests.support.tables import rows


def batch_jobs(lake):
    """What the batch jobs make of the raw files as they stand."""
    assert [lake.run(step, *LENIENT) for step in ("ingest_lines", "clean_lines", "build_baskets")] == [0, 0, 0]


def twin(lake, folder):
    """An empty lake beside this one, over the same raw folder."""
    return Lake(type(lake.store)(lake.store.spark, str(folder / "twin")), folder / "twin", lake.raw)


@pytest.mark.parametrize("days", [1, pytest.param(2, marks=pytest.mark.full)])
def test_the_same_files_give_the_same_tables_one_batch_after_the_other(lake, tmp_path, days):
    for day in range(days):
        shop_day(lake, day)
        assert lake.run("stream_lines", *LIVE) == 0
    batch_jobs(other := twin(lake, tmp_path))
    same_tables(lake, other)
    assert rows(lake.read(tables.CORRECTIONS), "file") == []
    assert lake.read(tables.RUNS).where("run_id LIKE '%-batch-%'").count() == days


@pytest.mark.full
def test_files_that_come_again_count_once(lake, tmp_path):
    shop_day(lake, 0)
    assert lake.run("stream_lines", *LIVE) == 0
    batch_jobs(other := twin(lake, tmp_path))
    shutil.rmtree(lake.root / "ops" / "_checkpoints")
    assert lake.run("stream_lines", *LIVE) == 0
    same_tables(lake, other)


def test_what_is_late_waits_in_corrections_for_clean_lines(lake):
    """Sold too long before it came; or taken back, when what it takes back came long before."""
    head, before = HEAD + ",ref_basket_id,ref_line_no", ARRIVED - 60 * 86_400
    put(lake, "a.csv", row("b1", quantity="3", timestamp=sold(-60)) + ",,", head=head, at=before)
    assert lake.run("stream_lines", *LIVE) == 0
    returns = [row(f"r{of}", quantity="-1", timestamp=sold(0)) + f",{of},1" for of in ("b1", "never")]
    sales = [row("new", timestamp=sold(0)) + ",,", row("old", timestamp="2023-01-05 10:00:00") + ",,"]
    put(lake, "b.csv", *returns, *sales, head=head, at=ARRIVED)
    assert lake.run("stream_lines", *LIVE) == 0
    late = rows(lake.read(tables.CORRECTIONS), "record_number", "basket_id", "reason")
    assert late == [(1, "rb1", "earlier_records"), (4, "old", "after_watermark")]
    assert rows(lake.read(tables.REJECTS), "record_number", "reasons") == [(2, ("orphan_return",))]
    assert rows(lake.read(tables.LINES), "basket_id", "quantity") == [("b1", 3), ("new", 1)]
    batch_jobs(lake)
    assert rows(lake.read(tables.LINES), "basket_id", "quantity") == [("b1", 2), ("new", 1), ("old", 1)]
    # What clean_lines took the stream does not take again.
    shutil.rmtree(lake.root / "ops" / "_checkpoints")
    version = lake.store.version(tables.LINES)
    assert lake.run("stream_lines", *LIVE) == 0
    assert lake.store.version(tables.LINES) == version


@pytest.mark.full
def test_rows_of_a_delta_table_come_once_and_are_landed_as_raw_files(lake, tmp_path):
    table = str(tmp_path / "till")
    names = "basket_id string, line_no int, user_id string, item_id string, quantity int, price double"
    flags = (*LIVE, "--set=stream.source=delta", f"--set=stream.table={table}")
    for basket in ("b1", "b2"):
        lines = lake.store.spark.createDataFrame([(basket, 1, "u", "tea", 2, 1.5)], names)
        # What is landed now is late unless it was sold lately.
        lines = lines.withColumn("sold_at", F.current_timestamp() - F.expr("INTERVAL 1 HOUR"))
        lines.write.format("delta").mode("append").save(table)
        assert lake.run("stream_lines", *flags) == 0
    assert rows(lake.read(tables.LINES), "basket_id", "quantity", "amount") == [("b1", 2, 3.0), ("b2", 2, 3.0)]
    assert {name for (name,) in rows(lake.read(tables.FILES), "file")} == {
        str(path.relative_to(lake.raw)) for path in lake.raw.rglob("*.jsonl")
    }


@pytest.mark.parametrize("source", ["delta", "kafka"])
def test_a_source_that_is_not_there_is_refused_by_name(lake, capsys, source):
    asked = [f"stream.source={source}", f"stream.table={lake.raw}", "stream.servers=localhost:9092", "stream.topic=t"]
    assert lake.run("stream_lines", *LIVE, *(f"--set={text}" for text in asked)) == 2
    said = capsys.readouterr().err
    assert f"stream.source={source}" in said and ("spark-sql-kafka-0-10" in said) == (source == "kafka")


def together(name, n, day, *items):
    """Lines of `n` baskets, each of all these items."""
    places = [(f"{name}{k}", place, item) for k in range(n) for place, item in enumerate(items, 1)]
    return [row(basket, line_no=str(p), item_id=item, timestamp=sold(day)) for basket, p, item in places]


@pytest.mark.full
def test_what_is_bought_together_now_is_of_the_window_alone(lake):
    now, before = together("n", 40, 0, "tea", "milk"), together("o", 40, -2, "ham", "egg")
    rest = [line for k in range(7) for line in together(f"m{k}-", 10, 0, f"i{k}", f"i{(k + 1) % 7}")]
    put(lake, "a.csv", *now, *before, *rest, at=ARRIVED)
    assert lake.run("stream_lines", *LIVE) == 0
    found = rows(lake.read(tables.PAIRS_NOW), "item_a", "item_b", "n_ab", "n", "window_start", "window_end")
    assert not {"ham", "egg"} & {item for pair in found for item in pair[:2]}
    ((*pair, start, end),) = [row for row in found if row[0] == "milk"]
    assert pair == ["milk", "tea", 40, 110]
    assert (end - start).total_seconds() == 86_400
    said = CliRunner().invoke(app, ["now", "--set", f"lake.root={lake.root}"], env={"COLUMNS": "160"}).stdout
    assert "110 baskets" in said
    assert [line.split()[:3] for line in said.splitlines()[3:4]] == [["milk", "tea", "40"]]


def test_kafka_is_told_where_and_that_nothing_may_be_lost():
    stream = StreamSettings(source="kafka", servers="a:9092", topic="tills", messages_per_batch=7, options={"x": "y"})
    told = kafka_options(stream)
    assert told == {
        "kafka.bootstrap.servers": "a:9092",
        "subscribe": "tills",
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": "7",
        "failOnDataLoss": "true",
        "x": "y",
    }
    with pytest.raises(ValueError, match=r"source=kafka needs stream\.servers, stream\.topic"):
        StreamSettings(source="kafka")


def test_a_dry_run_is_refused_since_it_would_count_as_taken(lake, capsys):
    shop_day(lake, 0)
    assert lake.run("stream_lines", *LIVE, "--dry-run") == 2
    assert "stream_lines takes no --dry-run" in capsys.readouterr().err
    assert not lake.root.exists()
