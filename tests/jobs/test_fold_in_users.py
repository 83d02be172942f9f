"""Users whose purchases changed get new factors and lists; of all others nothing changes, to the byte."""

import shutil
from datetime import date
from math import log1p

import numpy as np
import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.recommend.renew import Known, changed_users
from basketry.tables.store import Store
from basketry.verify import verify_run
from tests.support.lake import UNJUDGED, Lake
from tests.support.tables import frame, rows

INTERACTIONS = """
user_id item_id sold_on    n_baskets
u1      a       2024-01-01 3
u1      b       2024-01-02 2
u2      a       2024-01-02 3
u2      b       2024-01-03 2
u2      d       2024-01-03 1
u3      c       2024-02-01 9
u3      d       2024-02-01 2
gone    c       2024-01-03 4
"""
# u2 has baskets corrected, deleted and added; o'new is new; gone has no purchase left, left is no user any more.
LATER = """
user_id item_id sold_on    n_baskets
u1      a       2024-01-01 3
u1      b       2024-01-02 2
u2      a       2024-01-02 3
u2      b       2024-01-03 1
u2      c       2024-01-31 2
u3      c       2024-02-01 9
u3      d       2024-02-01 2
o'new   c       2024-01-05 1
o'new   z       2024-01-05 1
"""
USERS = "user_id user_index\nu1 1\nu2 2\nu3 3\ngone 4\nleft 5"
USERS_LATER = "user_id user_index\nu1 1\nu2 2\nu3 3\ngone 4\no'new 8"
TOUCHED = ["gone", "left", "o'new", "u2"]
FLAGS = [f"--set=recommend.{each}" for each in ("rank=2", "iterations=1", "min_item_baskets=1", "top_n=3")] + [UNJUDGED]


@pytest.fixture(scope="module")
def trained(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("a lake")
    lake = Lake(Store(spark, str(folder)), folder, folder)
    lake.put(tables.INTERACTIONS, INTERACTIONS)
    lake.put(tables.BASKETS, "basket_id sold_on items\n1 2024-01-01 {a b}\n2 2024-01-02 {a b d}\n3 2024-02-01 {c d}")
    lake.put(tables.ITEMS, "item_id item_index\na 4\nb 5\nc 6\nd 7")
    lake.put(tables.USERS, USERS)
    lake.put(tables.PAIRS, "level item_a item_b n_ab n_a n_b n adjusted_lift\nitem a b 2 2 2 3 1.5")
    assert lake.run("train_als", *FLAGS, "--run-id=trained") == 0
    return lake


@pytest.fixture
def later(lake, trained):
    """A copy of the trained lake, with what was bought later."""
    shutil.copytree(trained.root, lake.root)
    lake.put(tables.INTERACTIONS, LATER)
    lake.put(tables.USERS, USERS_LATER)
    return lake


@pytest.fixture
def asked(monkeypatch):
    """The users that are to be renewed; the run then ends with 1."""
    found = []

    def end(whom, *_models, **_settings):
        found.extend(user for (user,) in rows(whom, "user_id"))
        raise ZeroDivisionError

    monkeypatch.setattr("basketry.jobs.fold_in_users.renewed", end)
    return found


def fold_in(lake, *flags):
    return lake.run("fold_in_users", *FLAGS, *flags)


def versions(lake):
    return [lake.store.version(table) for table in (tables.USER_FACTORS, tables.RECOMMENDATIONS)]


def lists(lake):
    """Of each user, every column of each row."""
    found = {}
    for row in lake.read(tables.RECOMMENDATIONS).orderBy("list", "position").collect():
        found.setdefault(row["user_id"], []).append(row.asDict())
    return found


def factors(lake, table=tables.USER_FACTORS):
    return dict(rows(lake.read(table), table.key[0], "factors"))


def listed(user, kind, column="item_id"):
    return [row[column] for row in user if row["list"] == kind]


def test_changed_users_are_renewed_and_all_others_stay_to_the_byte(trained, later):
    assert fold_in(later, "--run-id=folded") == 0
    old, new, mine = lists(trained), lists(later), factors(later)
    assert [new[user] for user in ("", "u1", "u3")] == [old[user] for user in ("", "u1", "u3")]
    assert {user: mine[user] for user in ("u1", "u3")}.items() <= factors(trained).items()
    assert (set(mine), set(new)) == ({"u1", "u2", "u3", "o'new"}, {"", "u1", "u2", "u3", "gone", "o'new"})
    assert (listed(old["gone"], "repeat"), listed(new["gone"], "repeat")) == (["c"], [])
    assert listed(new["gone"], "explore") == ["c", "a", "b"]  # by what sells now
    assert set(listed(new["o'new"], "repeat")) == {"c", "z"}
    # u2's explore list was c alone, and is d and z.
    assert (listed(old["u2"], "explore"), set(listed(new["u2"], "explore"))) == (["c"], {"d", "z"})
    places = {tuple(listed(user, kind, "position")) for user in new.values() for kind in ("repeat", "explore")}
    assert places <= {tuple(range(1, n + 1)) for n in range(4)}
    _check_by_hand(new["u2"], mine["u2"], factors(later, tables.ITEM_FACTORS))
    before = versions(later)
    assert fold_in(later, "--run-id=again") == 0
    assert versions(later) == before
    verdicts = {v.table: v.fault for v in verify_run(later.store, "folded")}
    assert verdicts == {"gold.user_factors": "", "gold.recommendations": ""}


def _check_by_hand(user, mine, theirs):
    """u2 on 2024-02-01, of the settings' half-life of 180 days and weights of the sources."""
    days = {"a": (3, 30), "b": (1, 29), "c": (2, 1)}
    count = {item: n * 2 ** (-age / 180) for item, (n, age) in days.items()}
    share = {row["item_id"]: row["contributions"]["personal_frequency"] for row in user if row["list"] == "repeat"}
    assert share == pytest.approx({item: n / sum(count.values()) for item, n in count.items()}, abs=1e-8)
    every = np.array(list(theirs.values()))
    left = every.T @ every + 0.1 * 3 * np.eye(2)
    right = np.zeros(2)
    for item, n in count.items():
        left += log1p(n) * np.outer(theirs[item], theirs[item])
        right += (1 + log1p(n)) * np.array(theirs[item])
    assert mine == pytest.approx(np.linalg.solve(left, right), rel=1e-5)
    added = {row["item_id"]: row["contributions"]["als"] for row in user if row["list"] == "explore"}
    assert added == pytest.approx({"d": np.dot(mine, theirs["d"]), "z": 0}, rel=1e-5)


def test_another_setting_a_day_too_late_and_no_run_to_go_on_from_are_refused(later, capsys):
    assert fold_in(later, "--set=recommend.explore.users=0.5") == 2
    assert "trained of train_als" in (told := capsys.readouterr().err)
    assert "recommend.explore.users: 1.0 then, 0.5 now" in told
    assert fold_in(later, "--to=2400-01-01") == 3
    assert "no purchase counts any more" in capsys.readouterr().err
    later.store.delta_table(tables.RUNS).delete("step = 'train_als'")
    assert fold_in(later) == 4
    assert "no finished run of train_als" in capsys.readouterr().err


def test_a_drift_that_asks_to_fit_anew_has_fold_in_wait_for_train_als(trained, lake, capsys):
    shutil.copytree(trained.root, lake.root)
    asks = "measure subject value action why\nmodel habit -0.2 refit worse\nrule all - none fine"
    lake.put(tables.DRIFT, asks)
    assert fold_in(lake) == 5
    said = capsys.readouterr().err
    assert "nothing is folded in: model of habit: worse" in said and "`basketry run train_als` fits them anew" in said
    assert fold_in(lake, "--set=drift.actions.model=note") == 0
    assert lake.run("train_als", *FLAGS) == 0
    assert fold_in(lake) == 0
    lake.put(tables.DRIFT, asks)
    assert fold_in(lake) == 5


def test_what_upkeep_deleted_cannot_be_compared_so_every_user_is_folded_in(trained, later, asked, capsys):
    with_rows = later.store.version(tables.INTERACTIONS) - 1
    assert all(lake.store.has(tables.INTERACTIONS, with_rows) for lake in (trained, later))
    for path in later.store.read(tables.INTERACTIONS, with_rows).inputFiles():
        later.root.joinpath(path.split(f"{later.root}/")[1]).unlink()
    assert not later.store.has(tables.INTERACTIONS, with_rows)
    assert fold_in(later) == 1
    assert asked == sorted({*TOUCHED, "u1", "u3"})
    assert "every user is folded in" in capsys.readouterr().err


def test_a_run_of_an_earlier_period_is_compared_by_its_own(later, asked):
    """As if train_als had read the days before 2024-01-05, of the purchases and users there are now."""
    now = {str(table): later.store.version(table) for table in (tables.INTERACTIONS, tables.USERS)}
    there = F.create_map(*[F.lit(each) for pair in now.items() for each in pair])
    runs = later.read(tables.RUNS).withColumn("to_on", F.lit(date(2024, 1, 5)))
    later.store.replace(tables.RUNS, runs.withColumn("input_versions", there.cast("map<string,bigint>")), "test")
    assert fold_in(later, "--to=2024-01-06") == 1
    assert asked == ["o'new"]


def test_a_history_changes_by_purchases_and_not_by_pieces(spark):
    def known(bought, users):
        named = "user_id\n" + "\n".join(users)
        return Known(frame(spark, tables.INTERACTIONS, bought), frame(spark, tables.USERS, named))

    then = known("user_id item_id n_baskets quantity\nless a 2 2\npieces a 1 1\nlost a 1 1", ["less", "pieces", "left"])
    now = known("user_id item_id n_baskets quantity\nless a 1 2\npieces a 1 9\nnew a 1 1", ["less", "pieces", "came"])
    assert rows(changed_users(then, now), "user_id") == [("came",), ("left",), ("less",), ("lost",), ("new",)]
