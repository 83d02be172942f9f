"""Every job by dist/submit on a real standalone cluster, the library as a zip, from outside the sources."""

import json
import shlex
import signal
import subprocess
import time
import zipfile

import pytest
from typer.testing import CliRunner

from basketry import pipeline, tables
from basketry.cli import app
from basketry.stopping import STOPPED
from basketry.tables.store import Store
from basketry.verify import difference
from tests.support.children import PROJECT, alive, family, wait_for
from tests.support.cluster import environ, standalone
from tests.support.lake import UNJUDGED
from tests.support.samples import LONG_TRAINING
from tests.support.shop import SETTINGS, settings_file, write_shop
from tests.support.tables import rows

pytestmark = [pytest.mark.distributed, pytest.mark.full, pytest.mark.timeout(3600)]
FEW = {"shuffle_partitions": 2, "snapshot_partitions": 1}
# One executor a worker, each with its GPU in training, as conf/gpu.yaml has it for more of them.
TWO = {"embeddings": {"comm": "spark", "workers": 2}, "spark": FEW}
LOCAL = "local[2]"
OF_THE_SHOP = [f"embeddings.{name}={value}" for name, value in (SETTINGS["embeddings"] | TWO["embeddings"]).items()]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with standalone(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def raw(cluster):
    write_shop(cluster.folder / "raw")
    return cluster.folder / "raw"


def settings(cluster, raw, name, **over):
    """Settings of the shop whose lake has that name; gives the file and where the lake is."""
    folder = cluster.folder / name
    folder.mkdir()
    return settings_file(folder, lake={"root": str(folder / "lake"), "raw": str(raw)}, **over), folder / "lake"


@pytest.fixture(scope="module")
def submitted(spark, cluster, raw):
    """The lake after `submit all`, in whose middle an executor was killed, and what was printed."""
    config, lake = settings(cluster, raw, "submitted", **TWO)
    files = [PROJECT / "conf" / "cluster.yaml", PROJECT / "conf" / "gpu.yaml", config]
    process = cluster.submit("all", *(f"--config={file}" for file in files), "--run-id=submitted")
    printed, killed = [], []
    for line in process.stdout:
        printed.append(line)
        if not killed and "wrote gold.itemsets" in line:
            # What it kept of the step, cached and shuffled, is lost with it.
            killed.append(cluster.executors()[0])
            killed[0].kill()
    assert process.wait() == 0, "".join(printed)[-30000:]
    assert len(killed) == 1
    return Store(spark, str(lake)), "".join(printed)


@pytest.fixture(scope="module")
def ran(spark, cluster, raw):
    """The lake after `basketry run`, whose workers horovodrun starts."""
    config, lake = settings(cluster, raw, "ran", **TWO | {"embeddings": {"comm": "horovodrun", "workers": 2}})
    result = CliRunner().invoke(app, ["run", "--config", str(config)])
    assert result.exit_code == 0, result.output
    return Store(spark, str(lake))


def test_every_job_runs_in_order_on_the_cluster_though_an_executor_is_lost(submitted):
    done = submitted[0].read(tables.RUNS).orderBy("started_at").collect()
    assert [(row["step"], row["outcome"]) for row in done] == [(step.name, "done") for step in pipeline.ordered()]
    assert {row["run_id"] for row in done} == {"submitted"}


def test_tables_equal_those_of_basketry_run(submitted, ran):
    on_cluster, here = submitted[0], ran
    written = [table for step in pipeline.STEPS for table in step.writes]
    faults = {str(t): difference(here.read(t), on_cluster.read(t), t) for t in written}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    assert all(on_cluster.read(table).count() == here.read(table).count() for table in written)


def test_training_had_a_gpu_for_each_worker_and_no_more(submitted):
    lines = [json.loads(line) for line in submitted[1].splitlines() if line.startswith('{"')]
    gpus = {line["step"]: line["gpus"] for line in lines if "gpus" in line}
    # What is judged is trained by processors: conf/gpu.yaml names the one step.
    assert gpus == {"evaluate": [[], []], "train_embeddings": [["0"], ["0"]]}


def test_training_runs_in_executors_that_take_their_python_from_the_packed_environment(cluster, ran):
    subprocess.run([PROJECT / "scripts" / "pack_environment"], check=True, capture_output=True, timeout=900)
    files = [f"--config={PROJECT / 'conf' / name}.yaml" for name in ("cluster", "gpu")]
    archive = f"--environment={cluster.package / 'basketry-env.tar.gz'}"
    where = [f"--set=lake.root={ran.root}", "--run-id=packed", *(f"--set={each}" for each in OF_THE_SHOP)]
    process = cluster.submit("train_embeddings", archive, *files, *where, UNJUDGED)
    printed, pythons = [], set()
    for line in process.stdout:
        printed.append(line)
        pythons |= cluster.pythons()
    assert process.wait() == 0, "".join(printed)[-30000:]
    assert pythons == {"./environment/bin/python"}
    assert rows(ran.read(tables.RUNS).where("run_id = 'packed'"), "step", "outcome") == [("train_embeddings", "done")]


@pytest.mark.parametrize(
    "what, code",
    [
        pytest.param(["--set=lake.raw={empty}/none"], 4, id="no folder"),
        pytest.param(["--set=lake.raw={empty}"], 3, id="no files"),
    ],
)
def test_the_exit_code_of_the_first_step_that_fails_comes_back_and_is_on_record(spark, cluster, tmp_path, what, code):
    (tmp_path / "empty").mkdir()
    root = f"--set=lake.root={tmp_path / 'lake'}"
    what = [text.format(empty=tmp_path / "empty") for text in what]
    process = cluster.submit("ingest_lines", "clean_lines", root, *what, master=LOCAL)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == code, printed
    assert rows(Store(spark, str(tmp_path / "lake")).read(tables.RUNS), "step", "exit_code") == [("ingest_lines", code)]


def test_a_driver_that_refuses_its_settings_leaves_with_2(cluster):
    printed, _ = cluster.submit("mine_rules", "--print", master=LOCAL).communicate(timeout=60)
    command = [*shlex.split(printed), "--set=mining.min_support=7"]
    done = subprocess.run(command, cwd=cluster.folder, env=environ(), capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "mining.min_support = 7" in done.stdout


@pytest.mark.parametrize(
    "who, with_what, code",
    [
        # The driver is told, and leaves its row; spark-submit lives until then.
        pytest.param("submit", signal.SIGTERM, STOPPED, id="submit told"),
        # As Airflow kills: without its JVM the driver can write nothing.
        pytest.param("spark-submit", signal.SIGKILL, 128 + signal.SIGKILL, id="spark-submit killed"),
    ],
)
def test_a_training_that_is_stopped_leaves_no_process(cluster, ran, tmp_path, who, with_what, code):
    (tmp_path / "work").mkdir()
    before = ran.version(tables.ITEM_EMBEDDINGS)
    where = [
        f"--set=lake.root={ran.root}",
        f"--set=embeddings.work_dir={tmp_path / 'work'}",
        f"--run-id={tmp_path.name}",
    ]
    process = cluster.submit("train_embeddings", *where, UNJUDGED, *LONG_TRAINING, master=LOCAL)
    wait_for(lambda: any((tmp_path / "work").rglob("log.jsonl")), process=process)
    everyone = family(process.pid)
    began = time.monotonic()
    (everyone[0] if who == "submit" else everyone[1]).send_signal(with_what)
    assert process.wait(timeout=60) == code
    wait_for(lambda: not alive(everyone), seconds=10)
    assert time.monotonic() - began < 10
    assert ran.version(tables.ITEM_EMBEDDINGS) == before
    recorded = ran.read(tables.RUNS).where(f"run_id = '{tmp_path.name}'")
    # Where the driver was told and the machine had the time for it.
    assert rows(recorded, "outcome", "exit_code") in ([], [("failed", STOPPED)][: who == "submit"])


def test_the_zip_holds_the_library_alone_and_the_package_a_job_a_step(cluster):
    with zipfile.ZipFile(cluster.package / "basketry-libs.zip") as archive:
        names = archive.namelist()
    assert "basketry/job.py" in names
    assert all(name.startswith("basketry/") and name.endswith(".py") for name in names)
    assert sorted(path.stem for path in (cluster.package / "jobs").iterdir()) == sorted(pipeline.JOBS)
