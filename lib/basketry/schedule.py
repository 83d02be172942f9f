"""The suite as tasks for a scheduler: what waits for what, how each is called, and which failures a retry can mend.

Needs no JVM, and no library but YAML's: Airflow's DAG processor imports it every few seconds.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from basketry import pipeline
from basketry.errors import NOT_WORTH_RETRYING
from basketry.pipeline import Step
from basketry.yaml_files import merge, read_yaml

# A step, or a whole run with its retries, that takes longer is taken to hang. Both end before the next day's run.
STEP_HOURS, RUN_HOURS = 6, 20
# After the first try; the waits grow from WAIT_MINUTES.
RETRIES, WAIT_MINUTES = 3, 5
# As the SparkSubmitOperator says it; on Kubernetes the first is that of spark-submit, the second the driver's.
EXIT_CODE = re.compile(r"Error code is: (-?\d+)(?:\. Kubernetes spark exit code is: (-?\d+))?")


@dataclass(frozen=True)
class Task:
    """A step of a scheduled run. It starts once `after` have ended well; `assets` are the gold tables it publishes."""

    step: str
    does: str
    after: tuple[str, ...]
    assets: tuple[str, ...]


def tasks() -> tuple[Task, ...]:
    """The steps of a run, each after those of `after`."""
    needs = pipeline.needs()
    return tuple(_task(step, tuple(sorted(needs[step.name]))) for step in pipeline.ordered())


def upkeep() -> Task:
    """What is to be done once a week, at any time."""
    return _task(pipeline.JOBS["maintain_tables"], ())


def flags(to_on: str, run_id: str) -> list[str]:
    """The arguments of every step of a scheduled run, dates and names as text (which a scheduler may fill in later).

    There is no --from: what is learnt is learnt from all days before `to_on`, and a step replaces its tables, so a
    first day would cut all earlier ones out of them.
    """
    return [f"--to={to_on}", f"--run-id={run_id}"]


def step_conf(files: Iterable[str]) -> dict[str, dict[str, str]]:
    """`spark.step_conf` of the settings files, of which later ones count more: Spark properties by step.

    Raises SettingsError for a file that cannot be read and for a step that is none.
    """
    nothing: dict[str, Any] = {}
    settings = reduce(merge, (read_yaml(Path(file)) for file in files), nothing)
    found: dict[str, dict[str, str]] = (settings.get("spark") or {}).get("step_conf") or {}
    pipeline.refuse_unknown(found, "spark.step_conf: ")
    return found


def run_name(text: str) -> str:
    """A scheduler's own name of a run as a run id of ours: each character that may not be in one is a dash.

    Of a long name the end is kept. Raises ValueError on no name.
    """
    if not text:
        raise ValueError("a run without a name")
    return re.sub(r"[^A-Za-z0-9_.-]|\.(?=\.)", "-", text)[-100:]


def exit_code(message: str) -> int | None:
    """The step's exit code in the message of a failed SparkSubmitOperator; None when it says none."""
    found = EXIT_CODE.search(message)
    return int(found[2] or found[1]) if found else None


def is_worth_retrying(code: int | None) -> bool:
    """Whether the same call may end well later: a lost machine or a busy table may, wrong input may not."""
    return code not in NOT_WORTH_RETRYING


def _task(step: Step, after: tuple[str, ...]) -> Task:
    assets = tuple(f"basketry.{table}" for table in step.writes if table.layer == "gold")
    return Task(step.name, step.does, after, assets)
