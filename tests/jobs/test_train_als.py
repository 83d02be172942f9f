"""The job writes factors and lists for every user, and can be run again."""

import pytest

from basketry import tables
from tests.support.tables import rows

INTERACTIONS = """
user_id item_id sold_on    n_baskets
u1      a       2024-01-01 3
u1      b       2024-01-02 2
u2      a       2024-01-02 3
u2      b       2024-01-03 2
u3      c       2024-02-01 9
"""
SETTINGS = ("--set", "recommend.rank=2", "--set", "recommend.min_item_baskets=2", "--set", "recommend.top_n=2")


@pytest.fixture
def filled(lake):
    lake.put(tables.INTERACTIONS, INTERACTIONS)
    lake.put(tables.BASKETS, "basket_id sold_on items\n1 2024-01-01 {a b}\n2 2024-01-02 {a b}\n3 2024-02-01 {c}")
    lake.put(tables.ITEMS, "item_id item_index\na 4\nb 5\nc 6\nd 7")
    lake.put(tables.USERS, "user_id user_index\nu1 1\nu2 2\nu3 3\nu4 8")
    lake.put(tables.PAIRS, "level item_a item_b n_ab n_a n_b n adjusted_lift\nitem a b 2 2 2 3 1.5")
    return lake


def lists(lake):
    return rows(lake.read(tables.RECOMMENDATIONS), "user_id", "list", "position", "item_id", "source")


def test_recommends_to_every_user_twice_alike_then_learns_only_from_the_days_asked_for(filled):
    first = None
    for _ in range(2):
        assert filled.run("train_als", *SETTINGS) == 0
        first = first or lists(filled)
        assert lists(filled) == first
    assert {user for user, *_ in first} == {"", "u1", "u2", "u3", "u4"}
    assert [row[1:] for row in first if row[0] == "u4"] == [
        ("explore", 1, "c", "popularity"),
        ("explore", 2, "a", "popularity"),
    ]
    assert rows(filled.read(tables.USER_FACTORS), "user_id") == [("u1",), ("u2",), ("u3",)]
    assert rows(filled.read(tables.ITEM_FACTORS), "item_id") == [("a",), ("b",), ("c",)]
    assert ("a", 1, "b", False) in rows(
        filled.read(tables.SIMILAR_ITEMS), "item_id", "position", "similar_item_id", "is_fallback"
    )
    assert filled.run("train_als", *SETTINGS, "--to", "2024-02-01") == 0
    assert rows(filled.read(tables.ITEM_FACTORS), "item_id") == [("a",), ("b",)]
    assert [row[1:] for row in lists(filled) if row[0] == "u3"] == [
        ("explore", 1, "a", "popularity"),
        ("explore", 2, "b", "popularity"),
    ]


def test_an_item_that_silver_lacks_is_exit_3(filled):
    filled.put(tables.ITEMS, "item_id item_index\na 4\nb 5")
    assert filled.run("train_als", *SETTINGS) == 3
    assert not filled.store.exists(tables.RECOMMENDATIONS)


def test_no_interactions_table_is_exit_4(lake):
    assert lake.run("train_als") == 4
