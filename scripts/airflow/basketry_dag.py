"""Airflow's DAGs `basketry` (daily) and `basketry_upkeep` (weekly): a task a step of pipeline.py, by spark-submit.

Airflow's own environment needs ruamel.yaml, the library's zip or folder on PYTHONPATH, the connection
`spark_default`, which names the master, and the pool `basketry`; docs/operations.md has each. BASKETRY_HOME is the
folder of jobs/, conf/ and dist/ (else this checkout), BASKETRY_CONFIG the settings files, separated by colons.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import TimeoutExpired

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from basketry import schedule

HOME = Path(os.environ.get("BASKETRY_HOME", Path(__file__).resolve().parents[2]))
# The end of the data interval is the day of the run: its --to, the first day no longer read.
FLAGS = schedule.flags(to_on="{{ data_interval_end | ds }}", run_id="{{ run_id | run_name }}")
STEP_CONF = schedule.step_conf(filter(None, os.environ.get("BASKETRY_CONFIG", "").split(":")))
STOP_SECONDS = 15


class Step(SparkSubmitOperator):
    """A step that fails for good when its exit code says that a retry cannot help."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowException as error:
            code = schedule.exit_code(str(error))
            if schedule.is_worth_retrying(code):
                raise
            raise AirflowFailException(f"{self.task_id} ended with exit code {code}: a retry cannot help") from error

    def on_kill(self):
        """A time-out, or a person, first asks the step to stop, so that it can leave its tables in order."""
        process = self._hook._submit_sp if self._hook else None
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except TimeoutExpired:
                self.log.warning("%s does not stop: it is killed", self.task_id)
        super().on_kill()


def step(task: schedule.Task) -> Step:
    return Step(
        task_id=task.step,
        name=f"basketry {task.step}",
        doc_md=task.does,
        application=str(HOME / "jobs" / f"{task.step}.py"),
        application_args=FLAGS,
        conf=STEP_CONF.get(task.step),
        files=str(HOME / "dist" / "find_gpus"),
        py_files=str(HOME / "dist" / "basketry-libs.zip"),
        properties_file=os.environ.get("BASKETRY_SPARK_DEFAULTS", str(HOME / "conf" / "spark" / "standalone.conf")),
        outlets=[Asset(name) for name in task.assets],
    )


def dag(dag_id: str, cron: str, about: str, tasks: tuple[schedule.Task, ...]) -> DAG:
    """One run at a time, and none for days gone by: the next one does what they left."""
    made = DAG(
        dag_id,
        description=about,
        schedule=CronDataIntervalTimetable(cron, timezone="UTC"),
        # Airflow runs no day before it: receipts may be old.
        start_date=datetime(1980, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=schedule.RUN_HOURS),
        user_defined_filters={"run_name": schedule.run_name},
        default_args={
            "pool": "basketry",
            "max_active_tis_per_dag": 1,
            "retries": schedule.RETRIES,
            "retry_delay": timedelta(minutes=schedule.WAIT_MINUTES),
            "retry_exponential_backoff": True,
            "execution_timeout": timedelta(hours=schedule.STEP_HOURS),
        },
        tags=["basketry"],
    )
    with made:
        steps = {task.step: step(task) for task in tasks}
        for task in tasks:
            steps[task.step].set_upstream([steps[name] for name in task.after])
    return made


daily = dag("basketry", "30 2 * * *", "Every step, for all days before the day of the run", schedule.tasks())
weekly = dag("basketry_upkeep", "0 12 * * 0", "Small files joined, old ones deleted", (schedule.upkeep(),))
