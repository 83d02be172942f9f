"""The audit prints real receipts against shuffled ones, and sequences of real visits against shuffled ones."""

import json

from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from tests.support.receipts import receipts, receipts_frame
from tests.support.visits import planted_visits

FLAGS = ["--draws", "3", "--json", "--set", "spark.log_file=null"]


def fill(lake, made):
    frame = receipts_frame(lake.store.spark, made).withColumns(
        {
            "store_id": F.lit("s"),
            "sold_at": F.col("sold_on").cast("timestamp"),
            "n_items": F.size("items"),
            "is_near_duplicate": F.lit(False),
        }
    )
    lake.store.replace(tables.BASKETS, frame, "test")
    lake.put(tables.ITEMS, "item_id\ni00")


def audit(lake, *flags):
    done = CliRunner().invoke(app, ["audit-null", *FLAGS, "--set", f"lake.root={lake.root}", *flags])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_planted_pairs_are_in_the_real_receipts_alone(lake):
    fill(lake, receipts(1))
    found = audit(lake, "--set", "mining.pair_min_count=20")
    assert found["real"]["significant"] >= 1
    assert sorted(draw["significant"] for draw in found["shuffled"])[1] == 0
    assert all(0 < draw["kept"] < 0.9 and draw["usual"] > 0 for draw in found["shuffled"])


def test_planted_sequences_are_in_the_real_visits_alone(lake):
    fill(lake, planted_visits(1))
    asked = ("sequence_days=7", "sequence_min_users=5", "holdout_days=0")
    found = audit(lake, "--sequences", *(word for setting in asked for word in ("--set", f"mining.{setting}")))
    assert found["real"]["significant"] >= 1
    assert found["real"]["ordered"] >= 1
    assert sorted(draw["significant"] + draw["ordered"] for draw in found["shuffled"])[1] <= 1
