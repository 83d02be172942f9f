"""The job writes factors and lists for every user, and can be run again."""

import pytest

from basketry import tables
from tests.support.lake import UNJUDGED
from tests.support.tables import rows

INTERACTIONS = """
user_id item_id sold_on    n_baskets
u1      a       2024-01-01 3
u1      b       2024-01-02 2
u2      a       2024-01-02 3
u2      b       2024-01-03 2
u3      c       2024-02-01 9
"""
SETTINGS = (UNJUDGED, *[f"--set=recommend.{each}" for each in ("rank=2", "min_item_baskets=2", "top_n=2")])


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
    assert lake.run("train_als", UNJUDGED) == 4


def test_nothing_is_published_of_models_that_nobody_judged_or_that_are_worse_than_what_they_must_beat(filled, capsys):
    judged = [flag for flag in SETTINGS if flag != UNJUDGED]
    assert filled.run("train_als", *judged) == 4
    unjudged = "says nothing of habit, explore, popularity, personal_frequency: run evaluate first"
    assert unjudged in capsys.readouterr().err
    said = """
        task model slice metric k value ci_high baseline
        next_period popularity all ndcg 10 0.20 0.21 0.20
        next_period personal_frequency all ndcg 10 0.40 0.41 0.20
        next_period habit all ndcg 10 0.37 0.39 0.20
        explore popularity all ndcg 10 0.03 0.04 0.03
        explore explore all ndcg 10 0.05 0.06 0.03"""
    filled.put(tables.METRICS, said)
    assert filled.run("train_als", *judged) == 5
    assert "personal_frequency has 0.4000" in capsys.readouterr().err
    assert not filled.store.exists(tables.RECOMMENDATIONS)
    filled.put(tables.METRICS, said.replace("0.37 0.39", "0.41 0.42"))
    assert filled.run("train_als", *judged) == 0
