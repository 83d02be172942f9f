"""One Spark session for the whole run, with the options the suite itself uses but for INTERPRETED."""

import gc
import os
import sys

import pytest
from pytest_spark.config import SparkConfigBuilder

from basketry.session import SparkSettings, active_session, session_options
from basketry.tables.store import Store
from tests.support.compiled import INTERPRETED
from tests.support.lake import Lake


def pytest_addoption(parser):
    parser.addoption("--compiled", action="store_true", help="run every query as shipped, not INTERPRETED")


def pytest_configure(config):
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    options = session_options(SparkSettings(shuffle_partitions=2, driver_memory="2g"))
    options |= {
        "spark.master": "local[2]",
        "spark.default.parallelism": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.catalogImplementation": "in-memory",
        # One JVM lives through every test: it must not keep the plans and Delta logs of all of them.
        "spark.databricks.delta.delta.log.cacheSize": "60",
        "spark.sql.ui.retainedExecutions": "5",
        "spark.ui.retainedJobs": "20",
        "spark.ui.retainedStages": "20",
        "spark.ui.retainedTasks": "100",
        "spark.sql.warehouse.dir": str(config.rootpath / "build" / "warehouse"),
    }
    if not config.getoption("--compiled"):
        options |= INTERPRETED
    SparkConfigBuilder.initialize(options_from_ini=[f"{name}: {value}" for name, value in options.items()])


@pytest.fixture(scope="session")
def spark(spark_session):
    """pytest-spark's session under the name a test reads best."""
    spark_session.sparkContext.setLogLevel("ERROR")
    # What is imported by now stays: _release_frames need not look through it.
    gc.freeze()
    return spark_session


@pytest.fixture(autouse=True)
def _release_frames():
    """What a test left persisted, or in cycles that keep frames and their plans alive in the JVM, is released."""
    yield
    session = active_session()
    if session:
        session.catalog.clearCache()
        gc.collect()


@pytest.fixture
def lake(spark, tmp_path):
    """An empty lake of its own for one test."""
    root, raw = tmp_path / "lake", tmp_path / "raw"
    raw.mkdir()
    return Lake(Store(spark, str(root)), root, raw)
