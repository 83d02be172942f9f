"""The audit prints real receipts against shuffled ones, as a table or as one line of JSON."""

import json

from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from tests.support.receipts import receipts, receipts_frame


def test_planted_pairs_are_in_the_real_receipts_alone(lake):
    made = receipts_frame(lake.store.spark, receipts(1)).withColumns(
        {"store_id": F.lit("s"), "sold_at": F.col("sold_on").cast("timestamp"), "n_items": F.size("items")}
    )
    lake.store.replace(tables.BASKETS, made, "test")
    lake.put(tables.ITEMS, "item_id\ni00")
    flags = ["--set", f"lake.root={lake.root}", "--set", "mining.pair_min_count=20", "--set", "spark.log_file=null"]
    done = CliRunner().invoke(app, ["audit-null", "--draws", "3", "--json", *flags])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert found["real"]["significant"] >= 1
    assert sorted(draw["significant"] for draw in found["shuffled"])[1] == 0
    assert all(0 < draw["kept"] < 0.9 and draw["usual"] > 0 for draw in found["shuffled"])
