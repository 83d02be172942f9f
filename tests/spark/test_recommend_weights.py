"""Purchases count less the older they are, by an amount that no order of rows can change."""

from datetime import date
from math import log

import pytest

from basketry import tables
from basketry.errors import ContractError
from basketry.recommend.weights import as_of_day, decayed_counts, item_popularity, with_weight
from tests.support.tables import frame, rows


def bought(spark, picture):
    return frame(spark, tables.INTERACTIONS, picture)


def test_a_purchase_counts_half_after_the_half_life(spark):
    df = bought(
        spark,
        """
        user_id item_id sold_on    n_baskets
        u       a       2024-01-31 1
        u       a       2024-01-21 2
        u       b       2024-01-11 1
        v       a       2024-01-31 3
        """,
    )
    counts = decayed_counts(df, as_of=date(2024, 1, 31), half_life_days=10)
    assert rows(counts, "user_id", "item_id", "count") == [("u", "a", 2.0), ("u", "b", 0.25), ("v", "a", 3.0)]
    assert rows(with_weight(counts), "weight")[0] == (pytest.approx(log(1.25)),)


def test_a_purchase_too_old_to_count_is_left_out(spark):
    df = bought(spark, "user_id item_id sold_on\nu a 2024-01-31\nu b 2023-01-31")
    counts = decayed_counts(df, as_of=date(2024, 1, 31), half_life_days=1)
    assert rows(counts, "item_id") == [("a",)]


def test_the_same_counts_for_any_partitioning(spark):
    lines = "\n".join(f"u{n % 3} i{n % 5} 2024-01-{n % 28 + 1:02d} {n % 4 + 1}" for n in range(300))
    df = bought(spark, f"user_id item_id sold_on n_baskets\n{lines}")
    one, many = (
        rows(
            decayed_counts(df.repartition(n), as_of=date(2024, 1, 31), half_life_days=9), "user_id", "item_id", "count"
        )
        for n in (1, 7)
    )
    assert one == many


def test_popularity_is_a_share_of_all_purchases(spark):
    df = bought(spark, "user_id item_id n_baskets\nu a 3\nv a 3\nu b 2")
    counts = decayed_counts(df, as_of=date(2024, 1, 1), half_life_days=10)
    assert rows(item_popularity(counts), "item_id", "popularity") == [("a", 0.75), ("b", 0.25)]


def test_today_is_the_last_day_of_the_data_or_the_day_before_to(spark):
    df = bought(spark, "user_id sold_on\nu 2024-01-05\nv 2024-01-09")
    assert as_of_day(df) == date(2024, 1, 9)
    assert as_of_day(df, date(2024, 2, 1)) == date(2024, 1, 31)
    with pytest.raises(ContractError, match="no purchases to learn from"):
        as_of_day(df.limit(0))
