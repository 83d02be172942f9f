"""What schedulers are told: order, arguments, assets, and which exit codes are tried again."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basketry import errors, pipeline, schedule
from basketry.arguments import SAFE_NAME, parse_arguments

ROOT = Path(__file__).parents[2]
TASKS = {task.step: task for task in schedule.tasks()}


def test_each_step_of_a_run_is_a_task_after_those_it_reads_from():
    assert [task.step for task in schedule.tasks()] == [step.name for step in pipeline.ordered()]
    assert TASKS["ingest_lines"].after == ()
    assert TASKS["clean_lines"].after == ("ingest_lines",)
    assert TASKS["rank_hot_sellers"].after == ("clean_lines", "forecast_demand")
    assert set(TASKS["train_als"].after) == {"build_baskets", "clean_lines", "evaluate", "measure_drift", "mine_rules"}


def test_resources_of_a_step_are_those_of_the_settings_files_of_which_the_last_counts(tmp_path):
    (tmp_path / "more.yaml").write_text('spark: {step_conf: {train_embeddings: {spark.executor.instances: "8"}}}\n')
    found = schedule.step_conf([str(ROOT / "conf" / "cluster.yaml"), str(ROOT / "conf" / "gpu.yaml")])
    assert found["train_embeddings"]["spark.task.resource.gpu.amount"] == "1"
    assert found["train_embeddings"]["spark.executor.instances"] == "4"
    found = schedule.step_conf([str(ROOT / "conf" / "gpu.yaml"), str(tmp_path / "more.yaml")])
    assert found["train_embeddings"]["spark.task.resource.gpu.amount"] == "1"
    assert found["train_embeddings"]["spark.executor.instances"] == "8"
    assert schedule.step_conf([]) == {}
    (tmp_path / "none.yaml").write_text("spark:\n")
    assert schedule.step_conf([str(tmp_path / "none.yaml")]) == {}


def test_resources_of_a_step_that_is_none_are_refused(tmp_path):
    (tmp_path / "wrong.yaml").write_text("spark: {step_conf: {train: {}}}\n")
    with pytest.raises(errors.SettingsError, match=r"spark\.step_conf: no such step: train; steps are ingest_lines"):
        schedule.step_conf([str(tmp_path / "wrong.yaml")])


def test_no_task_waits_for_one_that_comes_later():
    seen = set()
    for task in schedule.tasks():
        assert set(task.after) <= seen
        seen.add(task.step)


def test_gold_tables_are_assets_and_no_other():
    assert TASKS["clean_lines"].assets == ()
    assert TASKS["rank_hot_sellers"].assets == ("basketry.gold.hot_sellers", "basketry.gold.hot_seller_checks")
    published = [name for task in schedule.tasks() for name in task.assets]
    gold = [table for step in pipeline.STEPS for table in step.writes if table.layer == "gold"]
    assert sorted(published) == sorted(f"basketry.{table}" for table in gold)


def test_upkeep_waits_for_nothing_and_publishes_nothing():
    assert (schedule.upkeep().step, schedule.upkeep().after, schedule.upkeep().assets) == ("maintain_tables", (), ())


def test_a_job_takes_the_flags_and_reads_all_days_before_the_last():
    asked = parse_arguments(schedule.flags("2026-03-02", "nightly"), {})
    assert (asked.from_on, asked.to_on, asked.run_id) == (None, date(2026, 3, 2), "nightly")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("scheduled__2026-03-02T02:30:00+00:00", "scheduled__2026-03-02T02-30-00-00-00"),
        ("a..b...c", "a-.b--.c"),
        ("x" * 90 + "y" * 90, "x" * 10 + "y" * 90),
    ],
)
def test_a_schedulers_name_of_a_run_is_made_one_of_ours(theirs, ours):
    assert schedule.run_name(theirs) == ours


@given(st.text(min_size=1, max_size=200))
def test_any_name_becomes_a_safe_one(text):
    assert SAFE_NAME.match(schedule.run_name(text))


def test_no_name_is_refused():
    with pytest.raises(ValueError, match="without a name"):
        schedule.run_name("")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Cannot execute: spark-submit --master local[2] jobs/a.py --set a=3. Error code is: 5.", 5),
        ("Cannot execute: spark-submit a.py. Error code is: 1. Kubernetes spark exit code is: 3\nlog", 3),
        ("Cannot execute: spark-submit a.py. Error code is: 1. Kubernetes spark exit code is: None", 1),
        ("Cannot execute: spark-submit a.py. Error code is: -9.\nan Error code is: 2 in its log", -9),
        ("No driver id is known", None),
    ],
)
def test_the_exit_code_is_found_in_what_the_operator_says(said, code):
    assert schedule.exit_code(said) == code


def test_only_what_may_end_well_later_is_worth_a_retry():
    lost = [errors.TrainingError.exit_code, errors.BusyError.exit_code, 1, 137, 143, -9, None]
    assert all(schedule.is_worth_retrying(code) for code in lost)
    wrong = (errors.SettingsError, errors.ContractError, errors.MissingInputError, errors.GateError)
    assert not any(schedule.is_worth_retrying(error.exit_code) for error in wrong)
