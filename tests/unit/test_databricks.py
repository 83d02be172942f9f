"""The Databricks bundle: Databricks' own classes take its job, which does the steps of pipeline.py in their order."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from databricks.bundles.jobs import Job
from ruamel.yaml import YAML

from basketry import schedule
from basketry.arguments import parse_arguments

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scripts" / "databricks"
BUNDLE = YAML(typ="safe", pure=True).load(ROOT / "databricks.yml")
GIVEN = YAML(typ="safe", pure=True).load(FOLDER / "job.yml")["resources"]["jobs"]["basketry"]
TARGETS = ("dev", "prod")
VARIABLE = re.compile(r"\$\{var\.(\w+)\}")
# What a runtime has, in versions that fit each other.
PLATFORM = ("pyspark", "delta-spark", "numpy", "pandas", "pyarrow")


def variables(target):
    """What each variable is in that target."""
    defaults = {name: about.get("default") for name, about in BUNDLE["variables"].items()}
    return defaults | BUNDLE["targets"][target]["variables"]


def resolved(node, values):
    """Every ${var.name} replaced; a value that is one alone keeps its type."""
    if isinstance(node, dict):
        return {key: resolved(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [resolved(value, values) for value in node]
    alone = VARIABLE.fullmatch(node) if isinstance(node, str) else None
    if alone:
        return values[alone[1]]
    return VARIABLE.sub(lambda found: str(values[found[1]]), node) if isinstance(node, str) else node


@pytest.fixture(params=TARGETS)
def job(request) -> Any:
    return Job.from_dict(resolved(GIVEN, variables(request.param)))


def test_the_bundle_includes_the_job_and_its_variables_are_all_used_and_all_set():
    assert BUNDLE["include"] == [str((FOLDER / "job.yml").relative_to(ROOT))]
    assert set(VARIABLE.findall((FOLDER / "job.yml").read_text())) == set(BUNDLE["variables"])
    for target in TARGETS:
        assert set(variables(target)) == set(BUNDLE["variables"])
        assert None not in variables(target).values()


def test_a_misspelt_field_is_refused():
    with pytest.raises(ValueError, match="max_retrys"):
        Job.from_dict({"tasks": [{"task_key": "ingest_lines", "max_retrys": 0}]})


def test_each_step_is_a_task_after_those_it_reads_from(job):
    assert [task.task_key for task in job.tasks] == [task.step for task in schedule.tasks()]
    for task, wanted in zip(job.tasks, schedule.tasks(), strict=True):
        assert task.description == wanted.does
        assert tuple(before.task_key for before in task.depends_on) == wanted.after
        assert (FOLDER / task.spark_python_task.python_file).resolve() == ROOT / "jobs" / f"{wanted.step}.py"
        assert (task.max_retries, task.timeout_seconds) == (0, schedule.STEP_HOURS * 3600)
    assert (job.max_concurrent_runs, job.timeout_seconds) == (1, schedule.RUN_HOURS * 3600)


def test_the_training_alone_has_gpus(job):
    clusters = {each.job_cluster_key: each.new_cluster for each in job.job_clusters}
    assert {task.task_key for task in job.tasks if task.job_cluster_key == "gpus"} == {"train_embeddings"}
    assert {task.job_cluster_key for task in job.tasks} == set(clusters)
    assert clusters["gpus"].instance_pool_id and "gpu-ml" in clusters["gpus"].spark_version
    assert clusters["gpus"].spark_env_vars["HOROVOD"] == "yes"
    assert clusters["gpus"].spark_conf["spark.task.resource.gpu.amount"] == "1"
    assert clusters["steps"].instance_pool_id is None and clusters["steps"].node_type_id


def test_every_step_takes_the_parameters(job):
    given = {each.name: str(each.default) for each in job.parameters}
    for task in job.tasks:
        parameters = task.spark_python_task.parameters
        flags = [re.sub(r"\{\{job\.parameters\.(\w+)\}\}", lambda m: given[m[1]], flag) for flag in parameters]
        flags = [flag.replace("${workspace.file_path}", str(ROOT)) for flag in flags]
        dated = [flag.replace("{{job.trigger.time.iso_date}}", "2026-03-02") for flag in flags]
        asked = parse_arguments([flag.replace("{{job.run_id}}", "17") for flag in dated], {})
        assert (str(asked.to_on), asked.from_on, asked.run_id) == ("2026-03-02", None, "databricks-17")
        assert asked.settings.lake.catalog == given["catalog"]
        assert (asked.settings.spark.delta, asked.settings.embeddings.comm) == ("provided", "spark")
        assert asked.settings.embeddings.workers == int(given["gpu_workers"])


def test_nodes_install_what_the_suite_asks_for_and_the_platform_lacks():
    (assigned,) = [
        node.value
        for node in ast.parse((ROOT / "setup.py").read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "CORE"
    ]
    wanted = [spec for spec in ast.literal_eval(assigned) if re.match(r"[\w.-]+", spec)[0] not in PLATFORM]
    assert re.findall(r'"([a-z-.]+>=[\d.]+)"', (FOLDER / "init.sh").read_text()) == wanted
