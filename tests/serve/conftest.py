"""The service on a lake of hostile names."""

import pytest
from fastapi.testclient import TestClient

from basketry.recommend.settings import RecommendSettings
from basketry.serve.app import build_app
from basketry.serve.published import publish
from basketry.serve.settings import ServeSettings
from tests.report.conftest import NAMES
from tests.support.plain_lake import plain_lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return plain_lake(tmp_path_factory.mktemp("served") / "lake", NAMES)


@pytest.fixture(scope="module")
def published(lake):
    return publish(str(lake), RecommendSettings())


@pytest.fixture(scope="module")
def app(published):
    return build_app(published, ServeSettings())


@pytest.fixture(scope="module")
def client(app):
    # A fault of ours must be a 500 here too, as it would be for who asks.
    return TestClient(app, raise_server_exceptions=False)
