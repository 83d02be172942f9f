"""A Delta table among the raw files: its rows as they stand, once, whatever its owner does to it."""

from pathlib import Path
from urllib.parse import urlparse

from delta.tables import DeltaTable

from basketry import tables
from tests.support.bad_inputs import NAMES
from tests.support.lake import LENIENT, counts
from tests.support.tables import rows

SOLD = "2024-01-05 10:00:00"


def receipts(spark, *baskets):
    values = [(basket, 1, "u", "tea", 1, 2.5, SOLD) for basket in baskets]
    kinds = ["string", "int", "string", "string", "int", "double", "string"]
    return spark.createDataFrame(values, ", ".join(f"{name} {kind}" for name, kind in zip(NAMES, kinds, strict=True)))


def test_a_raw_delta_table_is_read_as_it_stands_and_again_only_when_it_changes(lake, spark):
    where = str(lake.raw / "till")
    first = receipts(spark, "b1", "b2", "b3", "b4").repartition(2)
    first.write.format("delta").partitionBy("basket_id").option("delta.enableDeletionVectors", "true").save(where)
    receipts(spark, *[f"c{n}" for n in range(4)]).coalesce(1).write.format("delta").mode("append").save(where)
    table = DeltaTable.forPath(spark, where)
    table.delete("basket_id = 'b2'")
    assert lake.run("ingest_lines") == 0
    assert lake.run("clean_lines", *LENIENT) == 0
    assert rows(lake.read(tables.LINES), "basket_id") == [(b,) for b in ("b1", "b3", "b4", "c0", "c1", "c2", "c3")]
    assert rows(lake.read(tables.FILES), "file", "format", "n_records", "n_blank") == [("till", "delta", 7, 0)]
    numbers = rows(lake.read(tables.RAW_LINES), "record_number")
    assert numbers == [(n,) for n in range(8)]
    versions = lake.store.version(tables.RAW_LINES)
    assert lake.run("ingest_lines") == 0
    assert lake.store.version(tables.RAW_LINES) == versions
    table.update("basket_id = 'b4'", {"quantity": "5"})
    table.delete("basket_id = 'b1'")
    assert lake.run("ingest_lines") == 0
    assert lake.run("clean_lines", *LENIENT) == 0
    assert ("b4", 5) in rows(lake.read(tables.LINES), "basket_id", "quantity")
    assert counts(lake)["read"] == counts(lake)["kept"] == 6


def test_a_delta_table_that_lost_a_commit_or_a_data_file_is_one_faulty_record(lake, spark):
    for name in ("lost", "cut", "sound"):
        receipts(spark, "b1").write.format("delta").save(str(lake.raw / name))
        receipts(spark, "b2").write.format("delta").mode("append").save(str(lake.raw / name))
    held = spark.read.format("delta").load(str(lake.raw / "lost")).inputFiles()
    Path(urlparse(held[0]).path).unlink()
    (lake.raw / "cut" / "_delta_log" / "00000000000000000001.json").write_bytes(b"")
    assert lake.run("ingest_lines") == 0
    assert lake.run("clean_lines") == 5
    faults = lake.read(tables.RAW_LINES).where("record_number > 0")
    assert rows(faults, "file", "fault") == [
        ("cut", "damaged_delta"),
        ("lost", "damaged_delta"),
        ("sound", None),
        ("sound", None),
    ]
