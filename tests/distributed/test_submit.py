"""Every job file by spark-submit on a cluster of two executors, the library as a zip, from outside the sources."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from basketry import pipeline, tables
from basketry.tables.store import Store
from tests.support.shop import settings_file, write_shop
from tests.support.tables import rows

pytestmark = [pytest.mark.distributed, pytest.mark.full]
PROJECT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
# Three young JVMs on few cores: compile once, collect with one thread. The stack is that of spark-defaults.conf.
JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss16m"
FEW = {"shuffle_partitions": 2, "snapshot_partitions": 1}


@pytest.fixture(scope="module")
def library():
    """What `make package` writes, made anew by its own script."""
    subprocess.run([PROJECT / "scripts" / "package"], check=True, capture_output=True)
    return PROJECT / "dist" / "basketry-libs.zip"


def submit(folder, library, step):
    command = [
        *(BIN / "spark-submit", "--master", "local-cluster[2,1,1024]"),
        *("--properties-file", PROJECT / "conf" / "spark-defaults.conf"),
        *(
            "--driver-memory",
            "1g",
            "--conf",
            "spark.executor.memory=1g",
            "--conf",
            "spark.ui.enabled=false",
            "--py-files",
            library,
        ),
        *("--conf", f"spark.driver.extraJavaOptions={JVM}", "--conf", f"spark.executor.extraJavaOptions={JVM}"),
        *(PROJECT / "jobs" / f"{step}.py", "--config", folder / "shop.yaml", "--run-id", "submitted"),
    ]
    # Executors must run this Python; Spark writes its working folders below the current one.
    environ = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-30000:]
    return done.stderr


def test_every_job_runs_on_a_cluster_with_the_library_as_a_zip(spark, library, tmp_path):
    raw, lake = tmp_path / "raw", tmp_path / "lake"
    write_shop(raw)
    settings_file(tmp_path, embeddings={"comm": "horovodrun"}, lake={"root": str(lake), "raw": str(raw)}, spark=FEW)
    for step in pipeline.BY_NAME:
        submit(tmp_path, library, step)
    store = Store(spark, str(lake))
    assert {row[:2] for row in rows(store.read(tables.RUNS), "step", "outcome")} == {
        (step, "done") for step in pipeline.BY_NAME
    }
    assert {row[0] for row in rows(store.read(tables.TRAINING_LOG), "n_workers")} == {2}


def test_the_zip_holds_the_library_alone(library):
    with zipfile.ZipFile(library) as archive:
        names = archive.namelist()
    assert "basketry/job.py" in names
    assert all(name.startswith("basketry/") and name.endswith(".py") for name in names)
