"""The command that hands a step to spark-submit, and what is refused before it."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from basketry import pipeline
from basketry.errors import SettingsError
from basketry.session import DELTA_PACKAGE, SHIPPED_WITH_SPARK, SparkSettings
from basketry.submit import main, plan
from tests.support.children import PROJECT

TARGETS = ("standalone", "yarn", "kubernetes")


@pytest.fixture
def package(tmp_path):
    """A folder as `make package` fills it; the jobs and the zip are empty."""
    (tmp_path / "conf").symlink_to(PROJECT / "conf")
    (tmp_path / "jobs").mkdir()
    for name in ("basketry-libs.zip", "find_gpus", "env.tar.gz", *(f"jobs/{step}.py" for step in pipeline.JOBS)):
        (tmp_path / name).touch()
    return tmp_path


def command(package, *argv):
    ((found,), _) = plan(package, argv, {})
    return [word.replace(f"{package}/", "").replace(f"{PROJECT}/", "") for word in found[1:]]


def pairs(words):
    """Option and value, in the order given."""
    return list(zip(words[::2], words[1::2], strict=True))


def test_a_step_by_client_mode_on_a_standalone_cluster(package):
    found = command(
        package, "mine_rules", "--master", "spark://here:7077", "--set", "mining.min_support=0.1", "--run-id=r"
    )
    assert found[-4:] == [
        "jobs/mine_rules.py",
        "--config=conf/cluster.yaml",
        "--set=mining.min_support=0.1",
        "--run-id=r",
    ]
    assert pairs(found[:-4]) == [
        ("--master", "spark://here:7077"),
        ("--deploy-mode", "client"),
        ("--name", "basketry mine_rules"),
        ("--properties-file", "conf/spark/standalone.conf"),
        ("--py-files", "basketry-libs.zip"),
        ("--files", "find_gpus"),
        ("--conf", f"spark.pyspark.driver.python={sys.executable}".replace(f"{PROJECT}/", "")),
    ]


def test_a_step_by_cluster_mode_on_yarn_takes_its_settings_and_its_python_along(package):
    given = ["--config", "conf/cluster.yaml", "--environment", package / "env.tar.gz", "--deploy-mode=cluster"]
    found = command(
        package, "mine_rules", "--master=yarn", *map(str, given), "--to=2024-02-01", "--dry-run", "--run-id=r"
    )
    assert found[-5:] == ["jobs/mine_rules.py", "--config=cluster.yaml", "--to=2024-02-01", "--run-id=r", "--dry-run"]
    assert pairs(found[:-5])[3:] == [
        ("--properties-file", "conf/spark/yarn.conf"),
        ("--py-files", "basketry-libs.zip"),
        ("--files", "find_gpus,conf/cluster.yaml"),
        ("--archives", "env.tar.gz#environment"),
        ("--conf", "spark.pyspark.python=./environment/bin/python"),
    ]


def test_kubernetes_has_properties_of_its_own(package):
    assert "conf/spark/kubernetes.conf" in command(package, "evaluate", "--master", "k8s://https://there:443")


def test_resources_of_one_step_come_from_the_settings_and_those_of_the_call_win(package):
    gpus = ["--master=yarn", "--config=conf/cluster.yaml", "--config=conf/gpu.yaml", "--conf=spark.executor.cores=2"]
    training = [pair for option, pair in pairs(command(package, "train_embeddings", *gpus)[:-4]) if option == "--conf"]
    assert "spark.task.resource.gpu.amount=1" in training
    assert training[-1] == "spark.executor.cores=2"
    others = command(package, "train_als", *gpus)
    assert [word for word in others if "gpu.amount" in word] == []


def test_all_are_the_steps_of_a_run_in_order_under_one_name(package):
    found, is_print = plan(package, ["all", "--master=yarn", "--print"], {})
    assert is_print
    jobs = [next(Path(word).stem for word in words if "/jobs/" in word) for words in found]
    assert jobs == [step.name for step in pipeline.ordered()]
    assert len({word for words in found for word in words if word.startswith("--run-id=")}) == 1


@pytest.mark.parametrize(
    "argv, environ, part",
    [
        (["mine_rule", "--master=yarn"], {}, "no such step: mine_rule"),
        (["mine_rules"], {}, "arguments are required: --master"),
        (["mine_rules", "--master=mesos://x"], {}, "--master mesos://x: write spark://"),
        (["mine_rules", "--master=yarn", "--set=mining.min_support=2"], {}, "mining.min_support = 2"),
        (["mine_rules", "--master=yarn", "--from=May"], {}, "not a date"),
        (["mine_rules", "--master=yarn", "--environment=none.tar.gz"], {}, "no such file"),
        (["mine_rules", "--master=yarn", "--set=spark.step_conf={mine: {}}"], {}, "step_conf: no such step: mine;"),
        (["mine_rules", "--master=spark://h:1", "--deploy-mode=cluster"], {}, "takes no Python driver"),
        (
            ["mine_rules", "--master=yarn", "--deploy-mode=cluster"],
            {"BASKETRY_SEED": "8"},
            "BASKETRY_SEED of this mach",
        ),
        (
            ["ingest_lines", "--master=yarn", "--deploy-mode=cluster"],
            {"BASKETRY_PSEUDONYM_KEY": "a key of more than sixteen"},
            "give the key by a secret of the cluster",
        ),
    ],
)
def test_what_is_wrong_is_refused_here_before_anything_is_submitted(package, capsys, argv, environ, part):
    with pytest.raises(SettingsError, match=part):
        plan(package, argv, environ)
    assert main(package, argv, environ) == 2
    assert part in capsys.readouterr().err


def test_two_settings_files_of_one_name_are_refused_where_they_arrive_by_name(package):
    (package / "cluster.yaml").touch()
    config = ["--config=conf/cluster.yaml", f"--config={package / 'cluster.yaml'}"]
    with pytest.raises(SettingsError, match="two settings files share a name"):
        plan(package, ["mine_rules", "--master=yarn", "--deploy-mode=cluster", *config], {})


def test_without_the_package_the_message_says_how_to_make_it(tmp_path):
    with pytest.raises(SettingsError, match="make package"):
        plan(tmp_path, ["mine_rules", "--master=yarn", f"--config={PROJECT / 'conf' / 'cluster.yaml'}"], {})


def properties(target):
    lines = (PROJECT / "conf" / "spark" / f"{target}.conf").read_text().splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("target", TARGETS)
def test_the_properties_of_each_target_are_those_of_the_session(target):
    found = properties(target)
    assert found["spark.jars.packages"] == DELTA_PACKAGE
    assert found["spark.jars.excludes"] == SHIPPED_WITH_SPARK
    assert found["spark.hadoop.parquet.page.verify-checksum.enabled"] == "true"
    assert "-Xss16m" in SparkSettings().driver_java_options
    assert found["spark.driver.extraJavaOptions"] == found["spark.executor.extraJavaOptions"] == "-Xss16m"


@pytest.mark.parametrize("target", TARGETS)
def test_every_property_stands_below_a_line_that_explains_it(target):
    lines = (PROJECT / "conf" / "spark" / f"{target}.conf").read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        assert line.startswith("#") or not line or before, f"no comment above: {line}"


@pytest.mark.parametrize(
    "listed, code, prints",
    [
        ("0\\n1\\n", 0, '{"name": "gpu", "addresses": ["0","1"]}\n'),
        ("7\\n", 0, '{"name": "gpu", "addresses": ["7"]}\n'),
        ("", 1, ""),
        (None, 1, ""),
    ],
)
def test_gpus_are_those_that_nvidia_smi_lists(tmp_path, listed, code, prints):
    for tool in ("bash", "sed", "paste"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    if listed is not None:
        fake = tmp_path / "nvidia-smi"
        fake.write_text(f"""#!/bin/bash\n[[ "$*" == *--query-gpu=index* ]] && printf '{listed}'\nexit 0\n""")
        fake.chmod(0o755)
    find = ["/usr/bin/env", "bash", PROJECT / "scripts" / "find_gpus"]
    done = subprocess.run(find, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, prints)
    assert bool(done.stderr.startswith("find_gpus: ")) == bool(code)
