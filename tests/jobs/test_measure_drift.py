"""What changed of late in a small shop: what is called a drift, what follows each action, and what is not measured."""

import json
from collections import Counter
from datetime import date, timedelta
from math import hypot, log

import pytest
from scipy.special import ndtr
from typer.testing import CliRunner

from basketry import tables
from basketry.arguments import replay_file
from basketry.cli import app
from basketry.drift.measure import Receipts, measure_drift
from basketry.drift.rules import of_rules
from basketry.drift.settings import DriftSettings
from basketry.drift.tallies import arrived, days_of, records_by_reason
from basketry.tables.store import Store
from basketry.verify import verify_run
from tests.support.lake import UNJUDGED, Lake
from tests.support.tables import frame, rows

FIRST, N_DAYS, WEEK = date(2024, 1, 1), 49, 7
SMALL = {"days": 7, "reference_days": 14, "usual_windows": 3, "min_count": 5, "n_moved": 2}
FLAGS = [f"--set=drift.{name}={value}" for name, value in SMALL.items()]
ITEMS = """
item_id item_index name   department category
ham     0          Ham    FOOD       MEAT
eggs    1          Eggs   FOOD       DAIRY
tea     2          Tea    FOOD       DRINKS
soap    3          Soap   HOME       -
"""
RULES = """
level segment antecedent consequent freq confidence holdout_freq holdout_antecedent_freq holdout_confidence
item  all     {ham}      {eggs}     40   0.4        20           100                     0.2
item  all     {eggs}     {ham}      50   0.5        27           50                      0.54
item  all     {tea}      {soap}     30   0.3        0            60                      0.0
item  all     {soap}     {tea}      30   0.3        0            0                       -
type  all     {x}        {y}        30   0.3        1            4                       0.25
"""
JUDGED = """
task        model      slice metric k  value ci_low ci_high baseline n   question
next_period popularity all   ndcg   10 0.20  0.19   0.21    0.20     50  q
next_period habit      all   ndcg   10 0.40  0.38   0.42    0.20     50  q
explore     explore    all   ndcg   10 0.30  0.28   0.32    0.10     50  q
"""
WORSE = JUDGED.replace("0.40  0.38   0.42", "0.32  0.30   0.34").replace("0.30  0.28   0.32", "0.29  0.27   0.31")


def shop(n_days=N_DAYS):
    """silver.baskets: each day the same six, but in the last week no eggs and no soap."""
    said = ["basket_id user_id sold_on items n_items"]
    for day in range(n_days):
        is_late = day >= n_days - WEEK
        late, usual = ("ham tea",) * 5 + ("tea",), ("ham eggs",) * 2 + ("ham", "tea eggs", "tea soap", "ham soap tea")
        for n, items in enumerate(late if is_late else usual):
            said.append(f"{day}-{n} u{n} {FIRST + timedelta(day)} {{{items}}} {len(items.split())}")
    return "\n".join(said)


@pytest.fixture(scope="module")
def sold(spark, tmp_path_factory):
    """The shop, measured. Nothing was mined, judged or refused."""
    folder = tmp_path_factory.mktemp("drift")
    lake = Lake(Store(spark, str(folder)), folder, folder)
    lake.put(tables.BASKETS, shop())
    lake.put(tables.ITEMS, ITEMS)
    assert measure(lake, "--run-id=noted") == 0
    return lake


def measure(lake, *flags):
    return lake.run("measure_drift", *FLAGS, *flags)


def drift(lake):
    return {(row["measure"], row["subject"]): row for row in lake.read(tables.DRIFT).collect()}


def by_hand(reference, current):
    """PSI of counts by member, half a count added to each."""
    n, m = (sum(each.values()) + len(reference | current) / 2 for each in (reference, current))
    pairs = [((reference[member] + 0.5) / n, (current[member] + 0.5) / m) for member in sorted(reference | current)]
    return sum((now - before) * log(now / before) for before, now in pairs)


def test_a_planted_shift_is_called_a_drift_and_what_moved_is_named(sold):
    found = drift(sold)
    item = found["item_mix", "item"]
    usual_day, late_day = Counter(ham=4, eggs=3, tea=3, soap=2), Counter(ham=5, tea=6)
    reference, current = (
        Counter({name: k * n for name, n in day.items()}) for k, day in ((14, usual_day), (7, late_day))
    )
    assert item["value"] == pytest.approx(by_hand(reference, current))
    assert (item["n_reference"], item["n_current"], item["n_usual"]) == (14 * 12, 7 * 11, 3)
    assert (item["is_drifted"], item["action"]) == (True, "note")
    assert 0 < item["usual"] <= item["usual_max"] <= item["limit"] < 0.001
    assert item["why"].endswith("; most moved: Eggs 25.00% -> 0.00%, Soap 16.67% -> 0.00%")
    sizes = found["basket_size", "all"]
    assert (sizes["before"], sizes["now"]) == (2, pytest.approx(11 / 6))
    assert "2024-02-12 to 2024-02-18 beside the days from 2024-01-29 on" in sizes["why"]
    assert "(not known)" in found["item_mix", "category"]["why"]


def test_what_cannot_be_measured_says_why(sold):
    found = drift(sold)
    said = {key: row["why"] for key, row in found.items() if row["value"] is None}
    assert said == {
        ("item_mix", "type"): "not measured: silver.items has no type",
        (
            "reject_reason",
            "all",
        ): "not measured: the day that files of receipts came is not known: bronze.files has none",
        ("rule", "all"): "not measured: gold.rules has no rule",
        ("model", "all"): "not measured: gold.metrics is not there; evaluate writes it",
    }
    assert {found[key]["action"] for key in said} == {"none"}


def test_the_command_shows_each_share_its_verdict_and_what_moved(sold):
    printed = CliRunner().invoke(app, ["drift", f"--set=lake.root={sold.root}"], env={"COLUMNS": "160"}).stdout
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    (verdict,) = [line for line in lines if line.startswith("item_mix, item ")]
    assert verdict.endswith("drift: note")
    assert "item_mix, item: Eggs 25.00% -> 0.00%, Soap 16.67% -> 0.00%" in lines
    assert "rule: not measured: gold.rules has no rule" in lines


@pytest.mark.full
def test_a_past_run_is_reproduced_and_a_replay_never_blocks(sold, tmp_path):
    assert [(verdict.table, verdict.fault) for verdict in verify_run(sold.store, "noted")] == [("gold.drift", "")]
    (run,) = sold.read(tables.RUNS).where("run_id = 'noted'").collect()
    settings = json.loads(run["settings"])
    settings["drift"]["actions"]["item_mix"] = "block"
    asked = tmp_path / "replay.json"
    replay_file(asked, json.dumps(settings), str(tmp_path / "lake"), run["input_versions"], (None, None))
    assert sold.run("measure_drift", f"--replay={asked}") == 0
    assert Store(sold.store.spark, str(tmp_path / "lake")).read(tables.DRIFT).where("action = 'block'").count()


def test_block_writes_the_table_then_stops_this_run_and_the_steps_that_publish_models(sold, capsys):
    assert measure(sold, "--set=drift.actions.item_mix=block", "--run-id=blocked") == 5
    said = capsys.readouterr().err
    assert "no model is published: item_mix of category: PSI" in said and "--set drift.actions.item_mix=note" in said
    assert drift(sold)["item_mix", "item"]["action"] == "block"
    assert rows(sold.read(tables.RUNS).where("run_id = 'blocked'"), "outcome", "exit_code") == [("failed", 5)]
    for step in ("train_als", "train_embeddings"):
        assert sold.run(step, UNJUDGED, "--set=drift.actions.item_mix=block") == 5
        assert "no model is published" in capsys.readouterr().err
    # The settings say note by now: what is in the table stops it no more, and it misses what it would train on.
    assert sold.run("train_als", UNJUDGED) == 4


def test_models_are_compared_with_what_the_last_training_read(sold):
    """As if train_als had published by the first version of gold.metrics."""
    sold.put(tables.METRICS, JUDGED)
    row = sold.read(tables.RUNS).first().asDict() | {"step": "train_als", "run_id": "then", "outcome": "done"}
    row |= {"input_versions": {"gold.metrics": sold.store.version(tables.METRICS)}}
    sold.store.merge(tables.RUNS, sold.store.spark.createDataFrame([row], tables.RUNS.schema), "test")
    sold.put(tables.METRICS, WORSE)
    assert measure(sold) == 0
    found = {subject: row for (measure, subject), row in drift(sold).items() if measure == "model"}
    assert {subject: row["action"] for subject, row in found.items()} == {
        "next_period: habit": "refit",
        "explore: explore": "none",
    }
    habit = found["next_period: habit"]
    assert (habit["before"], habit["now"], habit["value"]) == pytest.approx((2.0, 1.6, -0.2))
    # One of two: q is twice p. z = ln .8 / hypot of the standard errors, as shares of the values.
    assert habit["q"] == pytest.approx(2 * ndtr(log(0.8) / (0.04 / 2 / 1.959964) / hypot(1 / 0.4, 1 / 0.32)), rel=1e-6)


def test_one_week_of_data_has_nothing_to_be_compared_with(lake):
    lake.put(tables.BASKETS, shop(n_days=7))
    assert measure(lake) == 0
    found = drift(lake)
    assert {row["value"] for row in found.values()} == {None}
    assert "baskets from 2024-01-01 to 2024-01-07, 7 day(s)" in found["basket_size", "all"]["why"]
    assert "need 14" in found["item_mix", "item"]["why"]


def test_rules_are_tested_by_hand_and_the_rows_are_the_same_on_any_partitions(spark, sold):
    settings = DriftSettings(**SMALL)
    rules, items = frame(spark, tables.RULES, RULES), frame(spark, tables.ITEMS, ITEMS)
    summary, *tested = of_rules(rules, items, settings)
    assert [row.subject for row in tested] == [
        "item all: eggs -> ham",
        "item all: ham -> eggs",
        "item all: tea -> soap",
    ]
    # z of 40 in 100 and 20 in 100 is 3.086, of 50 in 100 and 27 in 50 .46, of 30 in 100 and none in 60 4.71.
    assert [row.p for row in tested] == pytest.approx([0.644, 0.00203, 2.5e-6], rel=0.02)
    assert [row.q for row in tested] == pytest.approx([0.644, 0.00203 * 3 / 2, 2.5e-6 * 3], rel=0.02)
    assert [row.is_drifted for row in tested] == [False, True, True]
    assert tested[1].why == "Ham -> Eggs: confidence 0.400 of 100 mined baskets, 0.200 of 100 in the holdout"
    assert summary.why.startswith("2 of 3 rules tested") and "2 cannot be tested" in summary.why
    baskets = sold.read(tables.BASKETS)
    nothing = [spark.createDataFrame([], table.schema) for table in (tables.FILES, tables.REJECTS)]
    one, other = (
        measure_drift(Receipts(some, items, *nothing), held, {}, {}, settings)
        for some, held in ((baskets.coalesce(1), rules), (baskets.repartition(7), rules.repartition(3)))
    )
    assert one.collect() == other.collect()


def test_records_are_counted_by_the_day_their_file_came(spark):
    files = """
    file     source arrived_at          n_records n_blank
    a.csv    lines  2024-01-01T10:00:00 100       10
    b.csv    lines  2024-01-09T10:00:00 50        0
    item.csv items  2024-01-30T10:00:00 70        0
    """
    rejects = """
    file     record_number reasons
    a.csv    1             {bad_date}
    a.csv    2             {bad_date bad_quantity}
    b.csv    1             {bad_date}
    b.csv    2             {bad_date}
    item.csv 1             {bad_date}
    """
    placed = arrived(frame(spark, tables.FILES, files))
    days, settings = days_of(placed, "arrived_on"), DriftSettings(**SMALL)
    counted = records_by_reason(placed, frame(spark, tables.REJECTS, rejects), days, settings)
    assert (days.first, days.last, days.span) == (date(2024, 1, 1), date(2024, 1, 9), 9)
    assert counted.counted.members == ["(kept)", "bad_date", "bad_date, bad_quantity"]
    assert counted.counted.n[:, :3].tolist() == [[48, 88, 0], [2, 1, 0], [0, 1, 0]]
    assert (counted.part[:2].tolist(), counted.whole[:2].tolist()) == ([2, 2], [50, 90])
