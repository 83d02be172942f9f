"""What the models are asked: only what was bought later, only items they could know, one seeded hidden item a cart."""

from collections import Counter
from datetime import date

import pytest

from basketry import tables
from basketry.errors import ContractError
from basketry.evaluation.cases import (
    cart_cases,
    explore_cases,
    next_period_cases,
    past,
    repeat_cases,
    sampled,
    with_past,
)
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.splits import holdout_start, part, split_at
from tests.support.tables import frame, rows


def bought(spark, picture):
    return frame(spark, tables.INTERACTIONS, picture)


def test_the_split_is_by_date_and_loses_no_row(spark):
    df = bought(spark, "user_id sold_on\na 2024-01-01\nb 2024-01-04\nc 2024-01-05\nd 2024-01-06")
    start = holdout_start(df, 2)
    assert start == date(2024, 1, 5)
    split = split_at(df, start)
    assert rows(split.train, "user_id") == [("a",), ("b",)]
    assert rows(split.holdout, "user_id") == [("c",), ("d",)]


def test_the_holdout_ends_where_the_run_was_told_to_end(spark):
    df = bought(spark, "user_id sold_on\na 2024-01-01\nb 2024-01-06")
    assert holdout_start(df, 3, date(2024, 1, 8)) == date(2024, 1, 5)


@pytest.mark.parametrize("days", [6, 99])
def test_a_holdout_that_leaves_nothing_to_learn_from_is_refused(spark, days):
    df = bought(spark, "user_id sold_on\na 2024-01-01\nb 2024-01-06")
    with pytest.raises(ContractError, match="cannot be split"):
        holdout_start(df, days)


def test_a_holdout_without_purchases_is_refused(spark):
    df = bought(spark, "user_id sold_on\na 2024-01-01\nb 2024-01-06")
    with pytest.raises(ContractError, match="cannot be split"):
        holdout_start(df, 3, date(2024, 2, 1))


def test_next_period_asks_for_each_known_item_once_and_skips_users_without_one(spark):
    train = bought(spark, "user_id item_id\nu a\nu b")
    later = bought(
        spark,
        """
        user_id item_id sold_on
        u       b       2024-02-01
        u       b       2024-02-02
        u       a       2024-02-02
        u       new     2024-02-02
        v       a       2024-02-01
        w       new     2024-02-01
        """,
    )
    found = next_period_cases(train, later)
    assert rows(found, "case_id", "user_id", "relevant") == [
        ("u", "u", ("a", "b")),
        ("v", "v", ("a",)),
    ]


def test_explore_asks_only_for_what_is_new_to_the_user_and_repeat_for_the_rest(spark):
    train = bought(spark, "user_id item_id sold_on\nu b 2024-01-01\nu a 2024-01-01\nu a 2024-01-02\nx c 2024-01-01")
    later = bought(spark, "user_id item_id\nu a\nu c\nv a\nx c")
    found = with_past(next_period_cases(train, later), past(train))
    assert rows(found, "user_id", "before", "n_visits", "segment") == [
        ("u", ("a", "b"), 2, None),
        ("v", None, None, None),
        ("x", ("c",), 1, None),
    ]
    assert rows(explore_cases(found), "case_id", "user_id", "masked", "relevant") == [
        ("u", "u", ("a", "b"), ("c",)),
        ("v", "v", None, ("a",)),
    ]
    assert rows(repeat_cases(found), "case_id", "relevant") == [("u", ("a",)), ("x", ("c",))]


LAST = EvaluationSettings(split="last_basket", min_baskets=2)
VISITS = """
    basket_id user_id sold_on    sold_at             items
    b1        u       2024-01-01 2024-01-01T10:00:00 {a b}
    b3        u       2024-01-09 2024-01-09T08:00:00 {a}
    b2        u       2024-01-09 2024-01-09T10:00:00 {b}
    b4        v       2024-01-01 2024-01-01T10:00:00 {b c}
    b5        v       2024-01-01 2024-01-01T10:00:00 {a c}
    b6        w       2024-01-30 2024-01-30T10:00:00 {c}
    b7        -       2024-01-30 2024-01-30T10:00:00 {c}
    b8        -       2024-01-31 2024-01-31T10:00:00 {d}
"""


def test_the_last_basket_is_by_time_then_id_of_users_with_enough(spark):
    found = part(frame(spark, tables.BASKETS, VISITS), bought(spark, "user_id\nu"), LAST)
    assert rows(found.baskets.holdout, "basket_id") == [("b2",), ("b5",)]
    assert rows(found.baskets.train, "basket_id") == [(f"b{n}",) for n in (1, 3, 4, 6, 7, 8)]
    assert rows(found.interactions.holdout, "user_id", "item_id") == [("u", "b"), ("v", "a"), ("v", "c")]
    assert found.as_of == date(2024, 1, 31)


def test_items_of_few_baskets_are_known_on_neither_side(spark):
    settings = LAST.model_copy(update={"min_item_baskets": 2})
    found = part(frame(spark, tables.BASKETS, VISITS), bought(spark, "user_id\nu"), settings)
    # Before the cut: a and b in two baskets each, c in three, d in one.
    assert rows(found.baskets.train, "basket_id", "items")[-2:] == [("b6", ("c",)), ("b7", ("c",))]
    settings = LAST.model_copy(update={"min_item_baskets": 3})
    found = part(frame(spark, tables.BASKETS, VISITS), bought(spark, "user_id\nu"), settings)
    assert rows(found.baskets.holdout, "basket_id", "items") == [("b5", ("c",))]
    assert rows(found.interactions.train, "user_id", "item_id") == [("v", "c"), ("w", "c")]


def test_users_of_too_few_baskets_for_a_last_one_are_refused(spark):
    settings = LAST.model_copy(update={"min_baskets": 9})
    with pytest.raises(ContractError, match="no user has 9 baskets"):
        part(frame(spark, tables.BASKETS, VISITS), bought(spark, "user_id\nu"), settings)


def test_a_cart_hides_one_known_item_and_masks_the_others(spark):
    train = bought(spark, "user_id item_id\nu a\nu b\nu c")
    baskets = frame(
        spark,
        tables.BASKETS,
        """
        basket_id user_id items
        1         u       {a b c new}
        2         -       {a b}
        3         v       {a new}
        4         v       {c}
        """,
    )
    found = rows(cart_cases(train, baskets, seed=1), "case_id", "user_id", "cart", "masked", "relevant")
    assert [case[:2] for case in found] == [("1", "u"), ("2", None)]
    for (_, _, cart, masked, hidden), whole in zip(found, ("abc", "ab"), strict=True):
        assert masked == cart
        assert len(hidden) == 1
        assert "".join(sorted([*cart, *hidden])) == whole


def test_the_hidden_item_follows_the_seed_alone_and_favours_no_place(spark):
    train = bought(spark, "user_id item_id\nu a\nu b\nu c")
    lines = "\n".join(f"{n} {{a b c}}" for n in range(600))
    baskets = frame(spark, tables.BASKETS, f"basket_id items\n{lines}")
    once, again, other = (
        rows(cart_cases(train, baskets.repartition(n), seed=seed), "case_id", "relevant")
        for n, seed in ((1, 1), (5, 1), (1, 2))
    )
    assert once == again != other
    assert all(150 < n < 250 for n in Counter(hidden for _, hidden in once).values())


def test_a_sample_follows_the_seed_alone(spark):
    cases = spark.createDataFrame([(f"c{n}",) for n in range(50)], "case_id string")
    once, again, other = (
        rows(sampled(cases.repartition(n), 10, seed=seed), "case_id") for n, seed in ((1, 1), (5, 1), (1, 2))
    )
    assert len(once) == 10
    assert once == again != other
    assert len(rows(sampled(cases, 99, seed=1), "case_id")) == 50
