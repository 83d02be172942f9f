"""Lines become sets of items by checkout, and days by user and item; what is no merchandise or oversize stays out."""

from basketry import tables
from basketry.lake.baskets import build_baskets
from basketry.lake.indexes import with_index
from basketry.lake.settings import BasketSettings
from tests.support.tables import frame, rows

LINES = """
basket_id item_id line_number user_id store_id quantity sold_at             sold_on
b1        tea     1           u1      s1       1        2024-01-05T23:30:00 2024-01-06
b1        tea     2           u1      s1       2        2024-01-05T23:20:00 2024-01-06
b1        jam     1           u1      s1       1        2024-01-05T23:30:00 2024-01-06
b2        tea     1           u1      s2       1        2024-01-06T08:00:00 2024-01-06
b3        tea     1           -       -        1        2024-01-07T08:00:00 2024-01-07
b4        gas     1           u2      s1       9        2024-01-07T08:00:00 2024-01-07
b5        tea     1           u2      s1       -1       2024-01-07T09:00:00 2024-01-07
"""
ITEMS = """
item_id item_index name department
tea     0          tea  GROCERY
jam     1          jam  GROCERY
gas     2          gas  Fuel
"""


def built(spark, **settings):
    lines, items = frame(spark, tables.LINES, LINES), frame(spark, tables.ITEMS, ITEMS)
    return build_baskets(lines, items, BasketSettings(**settings), "Europe/Berlin")


def test_a_basket_is_the_sorted_set_of_its_merchandise_and_is_dated_where_the_shop_is(spark):
    found = built(spark, excluded_departments=["FUEL"]).baskets
    days = found.selectExpr("*", "cast(sold_on as string) as day")
    assert rows(days, "basket_id", "user_id", "store_id", "items", "n_items", "day") == [
        ("b1", "u1", "s1", ("jam", "tea"), 2, "2024-01-06"),
        ("b2", "u1", "s2", ("tea",), 1, "2024-01-06"),
        ("b3", None, None, ("tea",), 1, "2024-01-07"),
    ]


def test_interactions_count_baskets_and_pieces_of_known_users(spark):
    found = built(spark).interactions
    assert rows(found, "user_id", "item_id", "n_baskets", "quantity") == [
        ("u1", "jam", 1, 1),
        ("u1", "tea", 2, 4),
        ("u2", "gas", 1, 9),
    ]


def test_oversize_baskets_are_counted_and_neither_minable_nor_interactions(spark):
    found = built(spark, max_items=1)
    assert rows(found.oversize, "basket_id", "user_id", "n_items") == [("b1", "u1", 2)]
    assert rows(found.baskets, "basket_id") == [("b2",), ("b3",), ("b4",)]
    assert ("u1", "jam") not in rows(found.interactions, "user_id", "item_id")


AGAIN = """
basket_id item_id user_id store_id sold_at
b1        tea     u1      s1       2024-01-05T10:00:00
b1        jam     u1      s1       2024-01-05T10:00:00
b2        jam     u1      s1       2024-01-05T10:05:00
b2        tea     u1      s1       2024-01-05T10:05:00
b3        jam     u1      s1       2024-01-05T10:15:01
b3        tea     u1      s1       2024-01-05T10:15:01
b4        tea     u1      s1       2024-01-05T10:16:00
b5        tea     -       -        2024-01-05T10:00:00
b6        tea     -       -        2024-01-05T10:00:00
b7        tea     u2      -        2024-01-05T10:00:00
b8        tea     u2      -        2024-01-05T10:00:00
"""


def test_a_users_same_items_in_the_same_store_so_soon_again_are_flagged_and_kept(spark):
    lines, items = frame(spark, tables.LINES, AGAIN), frame(spark, tables.ITEMS, ITEMS)
    every = build_baskets(lines, items, BasketSettings(), "UTC").baskets
    assert rows(every.where("is_near_duplicate"), "basket_id") == [("b2",), ("b8",)]
    assert every.count() == 8
    none = build_baskets(lines, items, BasketSettings(near_duplicate_minutes=0), "UTC").baskets
    assert none.where("is_near_duplicate").isEmpty()


def test_an_index_is_never_changed_and_new_ones_follow_in_the_order_of_the_ids(spark):
    before = spark.createDataFrame([("m", 0), ("z", 1)], "item_id STRING, item_index INT")
    now = spark.createDataFrame([("z",), ("a",), ("m",), ("k",)], "item_id STRING").repartition(3)
    assert rows(with_index(now, before, "item_id", "item_index"), "item_id", "item_index") == [
        ("a", 2),
        ("k", 3),
        ("m", 0),
        ("z", 1),
    ]
    assert rows(with_index(now, before.limit(0), "item_id", "item_index"), "item_index") == [(0,), (1,), (2,), (3,)]
