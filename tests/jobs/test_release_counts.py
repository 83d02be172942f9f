"""Noisy counts are released within the budget, whoever else releases at the same time and whatever dies."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from delta.tables import DeltaTable
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.errors import BusyError, GateError
from basketry.privacy.bounds import contribution, count_users
from basketry.privacy.ledger import Read
from basketry.privacy.release import plan_release
from basketry.privacy.settings import PrivacySettings
from basketry.restore import restore_run
from basketry.verify import verify_run
from tests.support.tables import rows

# So much loss that the noise is below one user, and the threshold near two.
LOOSE = ["--set=privacy.level=item", "--set=privacy.epsilon=20", "--set=privacy.budget_epsilon=100",
         "--set=privacy.delta=0.001", "--set=privacy.budget_delta=0.009"]  # fmt: skip
TIGHT = ["--set=privacy.budget_epsilon=1.5"]
PEOPLE = 60


@pytest.fixture
def shop(lake):
    """Everybody buys bread and butter together; one user something of their own; one basket is nobody's."""
    lines = [f"{n} u{n} 2024-01-01 {{bread butter}}" for n in range(PEOPLE)]
    lines += ["x u0 2024-01-02 {secret}", "y - 2024-01-02 {bread wine}"]
    lake.put(tables.BASKETS, "\n".join(["basket_id user_id sold_on items", *lines]))
    lake.put(tables.ITEMS, "item_id type\nbread BAKERY\nbutter DAIRY\nsecret ODD\nwine WINE")
    return lake


def released(lake, table):
    return lake.read(table).collect() if lake.store.exists(table) else []


def ledger(lake):
    return lake.read(tables.PRIVACY_LEDGER).orderBy("number").collect()


def test_counts_are_released_with_noise_and_paid_for(shop, capsys):
    assert shop.run("release_counts", *LOOSE, "--run-id", "first", "--from", "2024-01-01") == 0
    by_item = {row["item"]: row for row in released(shop, tables.RELEASED_ITEMS)}
    assert set(by_item) == {"bread", "butter"}
    assert all(abs(row["n_users"] - PEOPLE) < 6 * row["sigma"] + 1 for row in by_item.values())
    [pair] = released(shop, tables.RELEASED_PAIRS)
    assert (pair["item_a"], pair["item_b"], pair["release"]) == ("bread", "butter", 1)
    [row] = ledger(shop)
    assert (row["number"], row["run_id"], row["level"], row["epsilon"], str(row["from_on"])) == (
        1, "first", "item", 20, "2024-01-01"
    )  # fmt: skip
    assert row["baskets_version"] == shop.store.version(tables.BASKETS)
    assert row["sigma_items"] == by_item["bread"]["sigma"]
    # Another level beside it; of the first level nothing is lost.
    assert shop.run("release_counts", *LOOSE, "--set=privacy.level=type", "--run-id", "second") == 0
    assert rows(shop.read(tables.RELEASED_ITEMS), "level", "item", "release") == [
        ("item", "bread", 1), ("item", "butter", 1), ("type", "BAKERY", 2), ("type", "DAIRY", 2)
    ]  # fmt: skip
    capsys.readouterr()
    flags = [f"--set=lake.root={shop.root}", *LOOSE]
    told = CliRunner().invoke(app, ["budget", *flags], env={"COLUMNS": "160"})
    assert f"2 release(s) have spent epsilon {ledger(shop)[1]['spent_epsilon']:.4f} of 100" in told.stdout, told.output
    # It is not drawn again: verify leaves it out, and a restore gives nothing back.
    assert {(v.table, v.rows) for v in verify_run(shop.store, "first")} == {
        ("ops.privacy_ledger", None), ("gold.released_items", None), ("gold.released_pairs", None)
    }  # fmt: skip
    assert {str(found.table) for found in restore_run(shop.store, "first", [])} == {
        "gold.released_items", "gold.released_pairs"
    }  # fmt: skip
    assert len(ledger(shop)) == 2
    with pytest.raises(Exception, match="DELTA_CANNOT_MODIFY_APPEND_ONLY"):
        DeltaTable.forPath(shop.store.spark, shop.store.location(tables.PRIVACY_LEDGER)).delete("number = 1")


def test_users_are_counted_as_each_counts_alone(shop):
    settings = PrivacySettings(level="item", max_items=2, max_pairs=1)
    baskets = shop.read(tables.BASKETS)
    found = count_users(baskets, shop.read(tables.ITEMS), settings)
    held = {}
    for user, items in rows(baskets.where("user_id is not null"), "user_id", "items"):
        held.setdefault(user, []).append(items)
    alone = [contribution(user, theirs, 2, 1) for user, theirs in held.items()]
    assert dict(found.items.itertuples(index=False)) == {
        item: sum(item in one.items for one in alone) for item in {i for one in alone for i in one.items}
    }
    assert found.pairs.values.tolist() == [["bread", "butter", sum(bool(one.pairs) for one in alone)]]
    types = count_users(baskets.repartition(3), shop.read(tables.ITEMS), PrivacySettings(level="type"))
    assert dict(types.items.itertuples(index=False)) == {"BAKERY": PEOPLE, "DAIRY": PEOPLE, "ODD": 1}


def test_a_dry_run_spends_nothing_and_one_too_many_releases_nothing(shop, capsys):
    assert shop.run("release_counts", *TIGHT, "--dry-run") == 0
    assert not shop.store.exists(tables.PRIVACY_LEDGER)
    assert '"release": 1' in capsys.readouterr().err
    assert [shop.run("release_counts", *TIGHT) for _ in range(3)] == [0, 0, 5]
    assert "nothing was released: 2 releases have spent epsilon 1.278" in capsys.readouterr().err
    # At the default epsilon nothing that few users bought is shown.
    assert released(shop, tables.RELEASED_ITEMS) == []
    assert shop.run("release_counts", "--set=privacy.epsilon=0") == 2
    assert len(ledger(shop)) == 2


def test_what_dies_after_it_was_paid_for_stays_paid_for(shop, monkeypatch):
    with monkeypatch.context() as killed:
        killed.setattr("basketry.jobs.release_counts.draw", lambda *_: 1 / 0)
        assert [shop.run("release_counts", *TIGHT) for _ in range(2)] == [1, 1]
    assert not shop.store.exists(tables.RELEASED_ITEMS)
    assert shop.run("release_counts", *TIGHT) == 5
    assert ledger(shop)[-1]["spent_epsilon"] <= 1.5


def test_the_run_that_another_overtakes_just_before_it_pays_leaves_with_7(shop, monkeypatch):
    insert = type(shop.store).insert

    def overtaken(store, table, df, note):
        monkeypatch.setattr(type(shop.store), "insert", insert)
        assert shop.run("release_counts", *TIGHT, "--run-id", "other") == 0
        return insert(store, table, df, note)

    monkeypatch.setattr(type(shop.store), "insert", overtaken)
    assert shop.run("release_counts", *TIGHT, "--run-id", "late") == 7
    assert [row["run_id"] for row in ledger(shop)] == ["other"]


def test_writers_at_once_never_spend_more_than_the_budget(shop):
    """Each tries until it is refused; they begin every try together."""
    settings, store = PrivacySettings(budget_epsilon=1.9), shop.store
    store.create(tables.PRIVACY_LEDGER)
    together = threading.Barrier(2)

    def spend(name):
        tries = []
        for _ in range(5):
            together.wait(60)
            try:
                planned = plan_release(store.read(tables.PRIVACY_LEDGER), settings)
                together.wait(60)
                row = planned.row(store.spark, Read(1, 1, None, None), name, datetime.now(UTC))
                store.insert(tables.PRIVACY_LEDGER, row, "test")
                tries.append(planned.after.releases)
            except (BusyError, GateError) as refused:
                tries.append(type(refused))
                if isinstance(refused, GateError):
                    together.wait(60)
        return tries

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(spend, ("one", "other"))
    paid = sorted(n for n in [*one, *other] if isinstance(n, int))
    assert paid == [row["number"] for row in ledger(shop)] == [1, 2, 3, 4]
    assert BusyError in one + other and GateError in one and GateError in other
    assert ledger(shop)[-1]["spent_epsilon"] <= 1.9


def test_without_opendp_nothing_is_released_or_paid_for(shop, monkeypatch, capsys):
    for name in ("opendp", "opendp.prelude"):
        monkeypatch.setitem(sys.modules, name, None)
    assert shop.run("release_counts", *LOOSE) == 2
    assert "pip install 'basketry[privacy]'. Nothing was released" in capsys.readouterr().err
    assert ledger(shop) == [] and released(shop, tables.RELEASED_ITEMS) == []


def test_nobody_to_count_is_exit_3_and_costs_nothing(shop):
    shop.put(tables.BASKETS, "basket_id user_id items\n1 - {bread}")
    assert shop.run("release_counts", *LOOSE) == 3
    assert ledger(shop) == []
