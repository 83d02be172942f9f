"""The audit prints real receipts against shuffled ones, and sequences of real visits against shuffled ones; it keeps
what it found.
"""

import json

from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import rows
from tests.support.visits import planted_visits

FLAGS = ["--json", "--set", "spark.log_file=null"]


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


def audit(lake, *flags, draws=3, said=""):
    asked = ["audit-null", *FLAGS, "--draws", str(draws), "--set", f"lake.root={lake.root}", *flags]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert done.stdout.count("\n") == 1
    assert done.stderr.startswith(said) and bool(said) == bool(done.stderr)
    return json.loads(done.stdout)


def kept(lake, kind):
    """What gold.audits holds of a kind: by draw."""
    columns = ("draw", "listed", "significant", "ordered", "kept")
    return rows(lake.read(tables.AUDITS).where(F.col("kind") == kind), *columns)


def test_planted_pairs_are_in_the_real_receipts_alone(lake):
    fill(lake, receipts(1))
    found = audit(lake, "--set", "mining.pair_min_count=20")
    assert found["real"]["significant"] >= 1
    assert sorted(draw["significant"] for draw in found["shuffled"])[1] == 0
    assert all(0 < draw["kept"] < 0.9 and draw["usual"] > 0 for draw in found["shuffled"])
    assert kept(lake, "rules") == rows_of_rules(found)


def rows_of_rules(found):
    real, *drawn = found["real"], *found["shuffled"]
    first = (0, real["usual"], real["significant"], None, None)
    return [first, *((n, d["usual"], d["significant"], None, d["kept"]) for n, d in enumerate(drawn, 1))]


def test_an_audit_again_replaces_its_rows_and_one_of_more_draws_adds_its_own(lake):
    fill(lake, receipts(1))
    first, again = audit(lake, draws=2), audit(lake, draws=1)
    assert again["shuffled"] == first["shuffled"][:1]
    assert kept(lake, "rules") == rows_of_rules(first)
    other = audit(lake, "--set", "mining.null=margins", draws=1)
    asked = lake.read(tables.AUDITS).groupBy("null", "mining_digest", "baskets_version").count()
    assert [row[:2] for row in rows(asked, "null", "count")] == [("margins", 2), ("strata", 3)]
    assert other["real"]["usual"] == first["real"]["usual"]


def test_a_result_that_cannot_be_kept_is_printed_all_the_same(lake):
    fill(lake, receipts(1))
    (lake.root / "gold").write_text("no folder")
    found = audit(lake, draws=1, said="basketry: the audit was not kept in gold.audits: ")
    assert found["real"]["usual"] > 0
    assert (lake.root / "gold").read_text() == "no folder"


def test_planted_sequences_are_in_the_real_visits_alone(lake):
    fill(lake, planted_visits(1))
    asked = ("sequence_days=7", "sequence_min_users=5", "holdout_days=0")
    found = audit(lake, "--sequences", *(word for setting in asked for word in ("--set", f"mining.{setting}")))
    assert found["real"]["significant"] >= 1
    assert found["real"]["ordered"] >= 1
    assert sorted(draw["significant"] + draw["ordered"] for draw in found["shuffled"])[1] <= 1
    tallies = [found["real"], *found["shuffled"]]
    listed = [(n, d["listed"], d["significant"], d["ordered"], None) for n, d in enumerate(tallies)]
    assert kept(lake, "sequences") == listed
