"""A real Airflow, in its own environment, runs the DAG by spark-submit: two dates, and steps that fail."""

import json
import os
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from basketry import pipeline, schedule, tables
from basketry.errors import MissingInputError
from basketry.tables.store import Store
from tests.support.compiled import INTERPRETED
from tests.support.shop import settings_file, write_shop
from tests.support.tables import rows

# Each step is a spark-submit of its own: a date takes minutes.
pytestmark = [pytest.mark.distributed, pytest.mark.full, pytest.mark.timeout(3600)]
PROJECT = Path(__file__).parents[2]
DRIVER = PROJECT / "tests" / "support" / "airflow_runs.py"
# Two dozen young JVMs: compile once, collect with one thread.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# The shop's weeks end with this one, a Monday, whose receipts are of its first day.
LAST_WEEK = date(2024, 2, 5)
NEXT_DAY = date(2024, 2, 6)


@pytest.fixture(scope="module")
def airflow():
    """Runs a command in Airflow's environment; gives what it printed on standard output."""
    for script in ("package", "airflow/setup"):
        subprocess.run([PROJECT / "scripts" / script], check=True, capture_output=True)

    def run(*command, master="local[2]", **environ):
        about = {"conn_type": "spark", "host": master, "extra": {"deploy-mode": "client"}}
        shell = ["bash", "-c", '. scripts/airflow/environment && exec "$@"', "airflow", *map(str, command)]
        fixed = {
            "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps(about),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "JAVA_TOOL_OPTIONS": JVM,
        }
        given = os.environ | fixed | environ
        done = subprocess.run(shell, cwd=PROJECT, env=given, capture_output=True, text=True, timeout=1700)
        assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-10000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with raw files and the settings for a lake beside them."""
    folder = tmp_path_factory.mktemp("airflow")
    raw, lake = folder / "raw", folder / "lake"
    write_shop(raw)
    few = {"shuffle_partitions": 2, "snapshot_partitions": 1, "conf": INTERPRETED}
    # A shop of two meals has no room for a better model on the second day.
    ungated = {"is_gated": False}
    where = {"root": str(lake), "raw": str(raw)}
    settings_file(folder, embeddings={"comm": "alone"}, evaluation=ungated, lake=where, spark=few)
    return folder


def ended(airflow, shop, **given):
    """How the run of a day, and each of its tasks, ended: state and tries."""
    printed = airflow("python", DRIVER, "2024-02-05T03:00:00+00:00", BASKETRY_CONFIG=str(shop / "shop.yaml"), **given)
    return json.loads(printed.splitlines()[-1])


def test_the_dag_is_made_of_the_pipeline(airflow):
    assert "No data found" in airflow("airflow", "dags", "list-import-errors")
    files = [str(PROJECT / "conf" / name) for name in ("cluster.yaml", "gpu.yaml")]
    printed = airflow("python", DRIVER, "describe", BASKETRY_CONFIG=":".join(files))
    described, conf = json.loads(printed.splitlines()[-1]), schedule.step_conf(files)
    assert "spark.task.resource.gpu.amount" in conf["train_embeddings"]
    assert set(described) == {"basketry", "basketry_upkeep"}
    for task in schedule.tasks():
        assert described["basketry"].pop(task.step) == {
            "after": sorted(task.after),
            "assets": list(task.assets),
            "pool": "basketry",
            "conf": conf.get(task.step),
            "retries": schedule.RETRIES,
            "hours": schedule.STEP_HOURS,
            "at_once": [1, 1],
            "catchup": False,
        }
    assert described["basketry"] == {}
    assert set(described["basketry_upkeep"]) == {"maintain_tables"}


def test_two_dates_run_to_success_each_with_the_days_before_it(airflow, shop, spark):
    store = Store(spark, str(shop / "lake"))
    last_days = []
    for day in (LAST_WEEK, NEXT_DAY):
        airflow("airflow", "dags", "test", "basketry", f"{day}T03:00:00", BASKETRY_CONFIG=str(shop / "shop.yaml"))
        runs = rows(store.read(tables.RUNS).where(f"to_on = '{day}'"), "run_id", "step", "outcome", "from_on")
        assert [row[1:] for row in runs] == sorted((step, "done", None) for step in pipeline.BY_NAME)
        (run_id,) = {row[0] for row in runs}
        assert re.fullmatch(r"manual__[0-9T.-]+", run_id)
        last_days += [store.read(tables.BASKETS).selectExpr("max(sold_on)").first()[0]]
    assert last_days == [date(2024, 1, 29), LAST_WEEK]


def test_a_step_whose_code_says_that_a_retry_cannot_help_fails_at_once(airflow, shop):
    run = ended(airflow, shop, BASKETRY_LAKE__RAW=str(shop / "nowhere"), BASKETRY_LAKE__ROOT=str(shop / "other"))
    assert run["state"] == "failed"
    assert run["tasks"].pop("ingest_lines") == ["failed", 1]
    assert {state for state, _ in run["tasks"].values()} == {"upstream_failed"}
    assert MissingInputError.exit_code == 4


def test_a_step_whose_code_may_be_another_next_time_is_tried_again(airflow, shop):
    run = ended(airflow, shop, master="nowhere", BASKETRY_LAKE__ROOT=str(shop / "other"))
    assert run["state"] == "failed"
    assert run["tasks"]["ingest_lines"] == ["failed", 1 + schedule.RETRIES]
