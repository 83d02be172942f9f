"""Rules and their measures against hand-worked 2x2 tables; edges by name."""

import pytest

from basketry import tables
from basketry.mining.rules import mine_rules, single_item_rules
from basketry.mining.settings import MiningSettings
from tests.support.tables import frame, rows


def mined(spark, picture, **settings):
    return mine_rules(frame(spark, tables.BASKETS, "basket_id items\n" + picture), MiningSettings(**settings))


# 10 baskets: a in 5, b in 4, both in 3.
TABLE = "1 {a b}\n2 {a b}\n3 {a b}\n4 {a}\n5 {a}\n6 {b}\n7 {c}\n8 {c}\n9 {c}\n10 {c}"


def test_measures_of_a_hand_worked_table(spark):
    rules = mined(spark, TABLE, min_support=0.1, min_confidence=0.1).rules
    found = {row[:2]: row[2:] for row in rows(rules, *rules.columns)}
    assert set(found) == {(("a",), ("b",)), (("b",), ("a",))}
    # support 3/10, confidence 3/5, lift .6/.4, leverage .3 - .5*.4, conviction (1 - .4)/(1 - .6)
    assert found[("a",), ("b",)] == pytest.approx((3, 0.3, 0.6, 1.5, 0.1, 1.5))
    assert found[("b",), ("a",)] == pytest.approx((3, 0.3, 0.75, 1.5, 0.1, 2.0))


def test_confidence_one_has_no_finite_conviction(spark):
    rules = mined(spark, "1 {a b}\n2 {a b}\n3 {b}", min_support=0.1, min_confidence=1.0).rules
    assert rows(rules, "antecedent", "consequent", "confidence", "conviction") == [(("a",), ("b",), 1.0, None)]


@pytest.mark.parametrize(("min_confidence", "expected"), [(0.3, 1), (0.31, 0)])
def test_a_rule_exactly_on_the_confidence_is_kept(spark, min_confidence, expected):
    picture = "\n".join([f"{n} {{a b}}" for n in range(3)] + [f"{n} {{a}}" for n in range(3, 10)])
    rules = mined(spark, picture, min_support=0.1, min_confidence=min_confidence).rules
    assert rules.where("antecedent[0] = 'a'").count() == expected


def test_longer_rules_count_their_whole_antecedent(spark):
    rules = mined(spark, "1 {a b c}\n2 {a b c}\n3 {a b}\n4 {c}", min_support=0.5, min_confidence=0.5).rules
    found = {row[:2]: row[2] for row in rows(rules, "antecedent", "consequent", "confidence")}
    assert found[("a", "b"), ("c",)] == pytest.approx(2 / 3)
    assert found[("a", "c"), ("b",)] == 1.0
    assert len(found) == 9


def test_single_item_rules_are_item_to_item(spark):
    mined_ = mined(spark, "1 {a b c}\n2 {a b c}\n3 {a b}\n4 {c}", min_support=0.5, min_confidence=0.7)
    assert rows(single_item_rules(mined_.rules), "item_id", "other_item_id", "freq") == [("a", "b", 3), ("b", "a", 3)]


def test_results_match_their_tables(spark):
    mined_ = mined(spark, TABLE, min_support=0.1)
    tables.conform(mined_.itemsets, tables.ITEMSETS)
    tables.conform(mined_.rules, tables.RULES)
