"""Newer tables are answered from once a run has published them; broken ones never are."""

import time
from datetime import UTC, datetime

import pytest
from deltalake import DeltaTable
from fastapi.testclient import TestClient

from basketry import tables
from basketry.errors import MissingInputError
from basketry.recommend.settings import RecommendSettings
from basketry.serve.app import build_app
from basketry.serve.published import publish
from basketry.serve.settings import ServeSettings
from tests.support.plain_lake import plain_lake, record_run, write_table


@pytest.fixture
def lake(tmp_path):
    return plain_lake(tmp_path / "lake")


def renamed(lake):
    """The items with another name each; gives the new version."""
    rows = DeltaTable(str(lake / "silver" / "items")).to_pyarrow_table().to_pylist()
    return write_table(lake, tables.ITEMS, [row | {"name": f"new {row['name']}"} for row in rows])


def test_a_published_version_is_answered_from_and_an_unfinished_one_is_not(lake):
    found = publish(str(lake), RecommendSettings())
    first = found.answers
    version = renamed(lake)
    assert not found.refresh() and found.answers is first
    record_run(lake, "second", {"silver.items": version}, datetime(2024, 7, 1, tzinfo=UTC))
    assert found.refresh()
    assert found.answers.name("i00") == "new I00" and first.name("i00") == "I00"
    assert found.answers.version != first.version
    assert not found.refresh()


def test_tables_that_cannot_be_read_leave_the_older_answers(lake):
    found = publish(str(lake), RecommendSettings())
    first = found.answers
    record_run(lake, "second", {"silver.items": 99}, datetime(2024, 7, 1, tzinfo=UTC))
    assert not found.refresh()
    assert found.answers is first and found.reload_failed
    record_run(lake, "third", {"silver.items": renamed(lake)}, datetime(2024, 8, 1, tzinfo=UTC))
    assert found.refresh() and not found.reload_failed


def test_the_running_service_looks_for_newer_tables_by_itself(lake):
    found = publish(str(lake), RecommendSettings())
    with TestClient(build_app(found, ServeSettings(reload_seconds=0.1))) as client:
        before = client.get("/version").json()
        record_run(lake, "second", {"silver.items": renamed(lake)}, datetime(2024, 7, 1, tzinfo=UTC))
        for _ in range(100):
            if client.get("/version").json() != before:
                break
            time.sleep(0.1)
        given = client.get("/items/i20/associations").json()["associations"]
    assert given and all(row["name"].startswith("new ") for row in given)


def test_a_lake_without_recommendations_is_refused_at_the_start(tmp_path):
    with pytest.raises(MissingInputError, match=r"silver\.items: no table at .*run the step that writes it"):
        publish(str(tmp_path), RecommendSettings())
