"""Features of users by hand; planted segments are found, whatever the partitions; those that cannot be made say so."""

from datetime import date

import numpy as np
import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import ContractError
from basketry.segments.differences import count_rules, strongest
from basketry.segments.embedded import mean_embeddings
from basketry.segments.features import user_features
from basketry.segments.rows import Receipts
from basketry.segments.segment import segment_users
from basketry.segments.settings import SegmentsSettings
from tests.support.tables import frame, rows

FEW = {"k_min": 2, "k_max": 2, "n_seeds": 2, "min_baskets": 2, "item_min_users": 5, "levels": ("item",)}


NO_VECTORS, NO_RULES = "item_id vector_in\nx {1}", "level segment antecedent consequent\nitem week {bread} {milk}"


def receipts(spark, baskets, lines, users, items, rules=NO_RULES):
    parts = (tables.LINES, lines), (tables.BASKETS, baskets), (tables.USERS, users), (tables.ITEMS, items)
    every = *parts, (tables.ITEM_EMBEDDINGS, NO_VECTORS), (tables.RULES, rules)
    return Receipts(*(frame(spark, table, text) for table, text in every))


ITEMS = "item_id item_index department type\nmilk 1 FOOD dairy\nbread 2 FOOD bakery\nsoap 3 DRUG soap\nodd 4 - -"


@pytest.fixture
def small(spark):
    return receipts(
        spark,
        """
        basket_id user_id sold_on    items        n_items
        1         u1      2024-01-01 {bread milk} 2
        2         u1      2024-02-12 {milk}       1
        3         u2      2024-02-25 {soap}       1
        4         -       2024-02-27 {odd}        1
        """,
        """
        basket_id item_id line_number user_id amount sold_on
        1         milk    1           u1      4.00   2024-01-01
        1         bread   1           u1      8.00   2024-01-01
        2         milk    1           u1      4.00   2024-02-12
        2         odd     1           u1      4.00   2024-02-12
        3         soap    1           u2      2.00   2024-02-19
        3         unknown 1           u2      3.00   2024-02-19
        4         odd     1           -       99.00  2024-02-25
        """,
        "user_id user_index\nu2 2\nu1 1\nu3 3",
        ITEMS,
    )


def test_features_by_hand(small):
    """The period ends with the last basket of a known user, 25 February.

    u1 has been there for 8 weeks, u2 for a day, which counts as 4 weeks; u3 never was.
    """
    found = user_features(*small[:4], SegmentsSettings(), to_on=None)
    assert found.users.tolist() == ["u1", "u2", "u3"] and found.n_baskets.tolist() == [2, 1, 0]
    assert found.activity.tolist() == [[13, 2 / 8, 20 / 8], [0, 1 / 4, 5 / 4], [56, 0, 0]]
    assert found.labels.tolist() == ["FOOD", "DRUG", "other"]
    assert found.spend.tolist() == [[16, 0, 4], [0, 2, 3], [0, 0, 0]]


def test_the_smaller_labels_count_together(small):
    found = user_features(*small[:4], SegmentsSettings(share_level="type", max_shares=1), to_on=date(2024, 3, 3))
    assert found.labels.tolist() == ["bakery", "other"] and found.spend.tolist() == [[8, 12], [0, 5], [0, 0]]
    assert found.activity[:, 0].tolist() == [19, 6, 62]


def test_the_mean_embedding_is_of_distinct_known_items(spark, small):
    vectors = frame(spark, tables.ITEM_EMBEDDINGS, "item_id vector_in\nmilk {3 4}\nbread {0 2}\nbeer {9 9}")
    users = np.array(["u1", "u2"], dtype=object)
    assert mean_embeddings(small.baskets, vectors, users) == pytest.approx(np.array([[0.3, 0.9], [0, 0]]))
    with pytest.raises(ContractError, match="weight_embeddings"):
        mean_embeddings(small.baskets, vectors.limit(0), users)


def shop(spark, n=40):
    """A third of the users buy soap each week, the others milk and bread twice; u98 came once, u99 never."""
    baskets, lines = (
        ["basket_id user_id sold_on items n_items"],
        ["basket_id item_id line_number user_id amount sold_on"],
    )
    for user in range(n):
        soap = user % 3 == 0
        for day in (1, 8, 15, 22) if soap else (1, 3, 8, 10, 15, 17, 22, 24):
            bought = [("soap", 1 + user % 4)] if soap else [("bread", 9 + user % 5), ("milk", 9)]
            items = " ".join(item for item, _ in bought)
            baskets.append(f"{user}-{day} u{user:02} 2024-01-{day + user % 2:02} {{{items}}} 1")
            lines += [f"{user}-{day} {item} 1 u{user:02} {paid} 2024-01-{day:02}" for item, paid in bought]
    baskets.append("once u98 2024-01-20 {soap} 1")
    lines.append("once soap 1 u98 3 2024-01-20")
    users = "user_id user_index\n" + "\n".join(f"u{user:02} {user}" for user in [*range(n), 98, 99])
    return receipts(spark, "\n".join(baskets), "\n".join(lines), users, ITEMS)


def nobody(spark):
    return frame(spark, tables.USER_SEGMENTS, "user_id segment\nx 1").limit(0)


@pytest.fixture(scope="module")
def given(spark):
    return Receipts(*(df.persist() for df in shop(spark)))


def test_planted_segments_are_found_named_and_told_apart(spark, given):
    found = segment_users(given, nobody(spark), SegmentsSettings(**FEW), seed=1, to_on=None)
    segment = dict(rows(found.user_segments, "user_id", "segment"))
    soap = {f"u{n:02}" for n in range(0, 40, 3)}
    assert {user for user, number in segment.items() if number == 2} - {"u99"} == soap | {"u98"}
    assert rows(found.user_segments.where("NOT is_fitted"), "user_id") == [("u98",), ("u99",)]
    assert rows(found.choices.where("is_chosen"), "k", "stability") == [(2, 1.0)]
    names = dict(rows(found.segments, "segment", "name"))
    assert "frequent" in names[1] and "much DRUG" in names[2]
    over = set(rows(found.items, "segment", "level", "item"))
    assert over == {(1, "item", "bread"), (1, "item", "milk"), (2, "item", "soap")}
    mean = found.profiles.where("segment = 2 AND feature IN ('DRUG', 'frequency')")
    assert rows(mean, "feature", "mean") == [("DRUG", 1.0), ("frequency", 1.0)]
    assert rows(found.tree, "node", "parent", "n_users") == [(-1, None, 40), (1, -1, 26), (2, -1, 14)]


def test_partitions_change_nothing(spark, given):
    settings = SegmentsSettings(**FEW)
    one = segment_users(given, nobody(spark), settings, seed=1, to_on=None)
    shuffled = Receipts(*(df.repartition(5, F.rand(n)) for n, df in enumerate(given)))
    other = segment_users(shuffled, nobody(spark), settings, seed=1, to_on=None)
    for a, b in zip(one, other, strict=True):
        assert rows(a, *a.columns) == rows(b, *a.columns)


def test_segments_keep_the_numbers_of_the_last_run(spark, given):
    last = frame(spark, tables.USER_SEGMENTS, "user_id segment\nu00 1\nu03 1\nu01 5\nu02 5")
    found = segment_users(given, last, SegmentsSettings(**FEW), seed=1, to_on=None)
    assert dict(rows(found.segments, "segment", "n_fitted")) == {1: 14, 5: 26}


def test_no_more_segments_than_users_who_differ(spark, given):
    some = given._replace(users=given.users.where("user_id IN ('u00', 'u01', 'u03')"))
    for over, tried in (({"k_max": 9}, [(2,), (3,)]), ({"k_min": 9, "k_max": 9}, [(3,)])):
        found = segment_users(some, nobody(spark), SegmentsSettings(**FEW | over), seed=1, to_on=None)
        assert rows(found.choices, "k") == tried


def test_one_user_is_one_segment(spark, given):
    alone = given._replace(users=given.users.where("user_id = 'u01'"))
    found = segment_users(alone, nobody(spark), SegmentsSettings(**FEW), seed=1, to_on=None)
    assert rows(found.segments, "segment", "name", "n_users", "silhouette") == [(1, "everyone", 1, 0.0)]
    assert rows(found.tree, "node", "parent") == [(1, None)] and found.items.count() == 0


def test_no_users_or_none_with_enough_baskets_are_refused(spark, given):
    def asked(receipts, **over):
        return segment_users(receipts, nobody(spark), SegmentsSettings(**FEW | over), seed=1, to_on=None)

    with pytest.raises(ContractError, match=r"silver.users: no user"):
        asked(given._replace(users=given.users.limit(0)))
    with pytest.raises(ContractError, match=r"min_baskets = 9 baskets in the period \(the most is 8\)"):
        asked(given, min_baskets=9)
    with pytest.raises(ContractError, match=r"42 users are more than segments.max_users = 10"):
        asked(given, max_users=10)


RULES = """
level segment antecedent   consequent leverage
item  all     {bread}      {milk}     0.2
item  all     {milk}       {bread}    0.2
item  all     {soap}       {milk}     0.1
item  all     {bread milk} {soap}     0.9
item  store   {soap}       {bread}    0.9
type  all     {bakery}     {dairy}    0.3
"""


def test_the_strongest_rules_are_counted_in_each_segment_by_user(spark):
    rules = frame(spark, tables.RULES, RULES)
    asked = strongest(rules, "item", 2)
    assert asked.to_numpy().tolist() == [["bread", "milk"], ["milk", "bread"]]
    baskets = frame(
        spark,
        tables.BASKETS,
        """
        basket_id user_id items
        1         u1      {bread milk}
        2         u1      {bread}
        3         u1      {bread milk soap}
        4         u2      {bread milk}
        5         u3      {milk}
        6         -       {bread milk}
        """,
    )
    items, labelled = (
        frame(spark, tables.ITEMS, ITEMS),
        spark.createDataFrame([("u1", 0), ("u2", 0), ("u3", 1)], "user_id string, label int"),
    )
    found = count_rules(baskets, items, labelled, asked, "item", 2)
    # bread: u1 in 3 baskets of which 2 hold milk, u2 in 1 of 1; milk: u1 2 of 2, u2 1 of 1, u3 0 of 1.
    assert [table.tolist() for table in found] == [
        [[4, 0], [3, 1]],
        [[3, 0], [3, 0]],
        [[10, 0], [5, 1]],
        [[7, 0], [5, 0]],
        [[5, 0], [5, 0]],
        [[2, 0], [2, 1]],
        [[2, 0], [2, 0]],
    ]
    dairy = count_rules(baskets, items, labelled, strongest(rules, "type", 2), "type", 2)
    assert (dairy.n.tolist(), dairy.freq.tolist()) == ([[4, 0]], [[3, 0]])


def test_rules_of_segments_have_the_confidence_of_each_and_of_all(spark, given):
    asked = given._replace(rules=frame(spark, tables.RULES, RULES))
    found = segment_users(asked, nobody(spark), SegmentsSettings(**FEW), seed=1, to_on=None).rules
    assert found.select("level", "antecedent").distinct().count() == 4
    soap = rows(found.where("antecedent = 'soap'"), "segment", "n", "freq", "confidence", "confidence_all", "p")
    assert soap == [(1, 0, 0, None, 0.0, 1.0), (2, 57, 0, 0.0, 0.0, 1.0)]
