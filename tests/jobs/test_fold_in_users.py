"""Users whose purchases changed get new factors and lists; of all others nothing changes, to the byte."""

import pytest

from basketry import tables
from basketry.recommend.settings import RecommendSettings
from basketry.verify import verify_run
from tests.support.tables import rows

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
# u2 bought again and has a basket corrected; "o'new" is new; gone's purchases were deleted, and so was left's user.
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
FLAGS = ("--set", "recommend.rank=2", "--set", "recommend.min_item_baskets=1", "--set", "recommend.top_n=3")
SETTINGS = RecommendSettings(rank=2, min_item_baskets=1, top_n=3)
TOUCHED = ("u2", "o'new", "gone", "left")


@pytest.fixture
def trained(lake):
    lake.put(tables.INTERACTIONS, INTERACTIONS)
    lake.put(tables.BASKETS, "basket_id sold_on items\n1 2024-01-01 {a b}\n2 2024-01-02 {a b d}\n3 2024-02-01 {c d}")
    lake.put(tables.ITEMS, "item_id item_index\na 4\nb 5\nc 6\nd 7")
    lake.put(tables.USERS, "user_id user_index\nu1 1\nu2 2\nu3 3\ngone 4\nleft 5")
    assert lake.run("train_als", *FLAGS, "--run-id", "trained") == 0
    return lake


def later(lake):
    lake.put(tables.INTERACTIONS, LATER)
    lake.put(tables.USERS, "user_id user_index\nu1 1\nu2 2\nu3 3\ngone 4\no'new 8")
    return lake


def fold_in(lake, *flags):
    return lake.run("fold_in_users", *FLAGS, *flags)


def versions(lake):
    return [lake.store.version(table) for table in (tables.USER_FACTORS, tables.RECOMMENDATIONS)]


def lists(df):
    """Every column of the lists of each user, in order."""
    found = {}
    for row in sorted(df.collect(), key=lambda row: (row["list"], row["position"])):
        found.setdefault(row["user_id"], []).append(
            row.asDict() | {"contributions": sorted(row["contributions"].items())}
        )
    return found


def factors(lake):
    return dict(rows(lake.read(tables.USER_FACTORS), "user_id", "factors"))


def test_changed_users_are_renewed_and_all_others_stay_to_the_byte(trained):
    old_lists, old_factors = lists(trained.read(tables.RECOMMENDATIONS)), factors(trained)
    assert fold_in(later(trained), "--run-id", "folded") == 0
    new_lists, new_factors = lists(trained.read(tables.RECOMMENDATIONS)), factors(trained)
    assert {user for user in ("", "u1", "u3") if new_lists[user] == old_lists[user]} == {"", "u1", "u3"}
    assert (new_factors["u1"], new_factors["u3"]) == (old_factors["u1"], old_factors["u3"])
    assert set(new_factors) == {"u1", "u2", "u3", "o'new"}
    assert set(new_lists) == {"", "u1", "u2", "u3", "gone", "o'new"}
    explored = [row["item_id"] for row in new_lists["gone"]]
    # Without a history: what sells best now. Before, gone had bought c.
    assert ({row["list"] for row in new_lists["gone"]}, explored) == ({"explore"}, ["c", "a", "b"])
    assert [row["item_id"] for row in old_lists["gone"] if row["list"] == "repeat"] == ["c"]
    # b, bought less, has gone behind a and c: the three of the repeat list are not those of before.
    assert {row["item_id"] for row in new_lists["u2"] if row["list"] == "repeat"} == {"a", "b", "c"}
    assert new_lists["u2"] != old_lists["u2"]
    for user in ("u2", "gone", "o'new"):
        for kind in ("repeat", "explore"):
            places = [row["position"] for row in new_lists[user] if row["list"] == kind]
            assert places == list(range(1, len(places) + 1))
    assert {v.table: v.fault for v in verify_run(trained.store, "folded")} == {
        "gold.user_factors": "",
        "gold.recommendations": "",
    }
