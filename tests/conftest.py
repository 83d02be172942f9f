"""One Spark session for the whole run, with the options the suite itself uses but for INTERPRETED."""

import os
import sys

import pytest
from pytest_spark.config import SparkConfigBuilder

from basketry.session import SparkSettings, active_session, session_options
from basketry.tables.store import Store
from tests.support.lake import Lake

# Tables of a few rows take a third less time when Spark interprets their queries and plans each of them once.
# As shipped it compiles them: so do the tests that ask for `compiled`, and all of them with --compiled.
INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def pytest_addoption(parser):
    parser.addoption("--compiled", action="store_true", help="run every query as shipped: compiled, planned adaptively")


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
    return spark_session


@pytest.fixture(scope="module")
def compiled(spark):
    """Every query of the module as shipped."""
    before = {name: spark.conf.get(name) for name in INTERPRETED}
    for name in INTERPRETED:
        spark.conf.unset(name)
    yield
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.fixture(autouse=True)
def _release_cached_frames():
    """What a test left persisted is released: the session is shared."""
    yield
    session = active_session()
    if session:
        session.catalog.clearCache()


@pytest.fixture
def lake(spark, tmp_path):
    """An empty lake of its own for one test."""
    root, raw = tmp_path / "lake", tmp_path / "raw"
    raw.mkdir()
    return Lake(Store(spark, str(root)), root, raw)
