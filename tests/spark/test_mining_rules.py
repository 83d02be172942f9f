"""Rules and their measures against hand-worked 2x2 tables and loops over baskets; edges by name."""

import math
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import hypergeom, poisson

from basketry import tables
from basketry.mining.itemsets import mine_itemsets
from basketry.mining.levels import at_level
from basketry.mining.mine import mine
from basketry.mining.periods import split
from basketry.mining.rules import mine_rules
from basketry.mining.settings import MiningSettings
from basketry.mining.weighed import weigh_rules
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import frame, rows


def mined(spark, picture, **settings):
    return mine_rules(frame(spark, tables.BASKETS, "basket_id items\n" + picture), MiningSettings(**settings))


# 10 baskets: a in 5, b in 4, both in 3, neither in 4.
TABLE = "1 {a b}\n2 {a b}\n3 {a b}\n4 {a}\n5 {a}\n6 {b}\n7 {c}\n8 {c}\n9 {c}\n10 {c}"
HAND_WORKED = {
    "freq": 3,
    "support": 0.3,
    "confidence": 0.6,
    # Newcombe 1998, table I has 0.2307-0.8824 for 3 of 5.
    "confidence_low": 0.2307,
    "confidence_high": 0.8824,
    "lift": 1.5,
    "leverage": 0.3 - 0.5 * 0.4,
    "conviction": (1 - 0.4) / (1 - 0.6),
    "cosine": 3 / math.sqrt(20),
    "jaccard": 3 / 6,
    "kulczynski": (3 / 5 + 3 / 4) / 2,
    "imbalance": (5 - 4) / 6,
    "zhang": (0.3 - 0.2) / max(0.3 * (1 - 0.5), 0.5 * (0.4 - 0.3)),
    "certainty": (0.6 - 0.4) / (1 - 0.4),
    "odds_ratio": (3 * 4) / (2 * 1),
}


def test_measures_of_a_hand_worked_table(spark):
    rules = mined(spark, TABLE, min_support=0.1, min_confidence=0.1).rules
    found = {(row["antecedent"][0], row["consequent"][0]): row.asDict() for row in rules.collect()}
    assert set(found) == {("a", "b"), ("b", "a")}
    assert {name: found["a", "b"][name] for name in HAND_WORKED} == pytest.approx(HAND_WORKED, abs=5e-5)
    assert found["b", "a"]["confidence"] == 0.75
    assert found["b", "a"]["conviction"] == pytest.approx(2.0)


def test_confidence_one_and_an_empty_cell_have_no_finite_conviction_or_odds(spark):
    rules = mined(spark, "1 {a b}\n2 {a b}\n3 {b}\n4 {c}", min_support=0.1, min_confidence=1.0).rules
    found = rows(rules, "antecedent", "consequent", "confidence", "conviction", "odds_ratio", "certainty", "zhang")
    assert found == [(("a",), ("b",), 1.0, None, None, 1.0, 0.5)]


def test_an_item_in_every_basket_leaves_nothing_to_be_certain_about(spark):
    rules = mined(spark, "1 {a b}\n2 {a b}\n3 {b}", min_support=0.1, min_confidence=0.5).rules
    found = {
        row[:2]: row[2:] for row in rows(rules, "antecedent", "consequent", "lift", "certainty", "zhang", "conviction")
    }
    assert found[("a",), ("b",)] == (1.0, None, 0.0, None)
    assert found[("b",), ("a",)] == (1.0, 0.0, None, 1.0)


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


def test_a_rule_may_lead_to_several_items(spark):
    picture = "1 {a b c}\n2 {a b c}\n3 {a b}\n4 {c}"
    rules = mined(spark, picture, min_support=0.5, min_confidence=0.6, max_consequent=2).rules
    found = {row[:2]: row[2] for row in rows(rules, "antecedent", "consequent", "confidence")}
    assert found[("a",), ("b", "c")] == pytest.approx(2 / 3)
    assert found[("c",), ("a", "b")] == pytest.approx(2 / 3)
    assert len(found) == 6 + 3 + 3


SETTINGS = MiningSettings(min_support=0.02, min_confidence=0.3, max_length=3, pair_min_count=20)


@pytest.fixture(scope="module")
def weighed(spark):
    """Rules of made-up receipts, with the baskets mined and held out as sets."""
    periods = split(at_level(receipts_frame(spark, receipts(3, largest=9)), None, "item"), 25)
    found = mine_itemsets(periods.mined, SETTINGS)
    rules = weigh_rules(found, periods.mined, periods.holdout, SETTINGS).collect()
    return rules, *([set(row["items"]) for row in part.collect()] for part in periods)


def among(baskets, items, size=None):
    return sum(1 for b in baskets if set(items) <= b and size in (None, len(b)))


def expected_in(baskets, one, other, given=()):
    sizes = {len(b) for b in baskets if set(given) <= b}
    parts = (among(baskets, one, s) * among(baskets, other, s) / among(baskets, given, s) for s in sizes)
    return sum(parts)


def test_evidence_is_that_of_a_loop_over_baskets(weighed):
    rules, mined_, holdout = weighed
    assert {len(r["antecedent"]) for r in rules} == {1, 2}
    for rule in rules[::40]:
        left, right = rule["antecedent"], rule["consequent"]
        mean, later = (expected_in(part, left, right) for part in (mined_, holdout))
        freq = among(mined_, left + right)
        assert rule["freq"] == freq
        assert rule["expected"] == pytest.approx(mean)
        assert rule["p"] == pytest.approx(poisson.sf(freq - 1, mean))
        assert rule["adjusted_lift"] == pytest.approx(freq / mean)
        chance = hypergeom.ppf(0.99, len(mined_), among(mined_, left), among(mined_, right))
        assert rule["hyper_lift"] == pytest.approx(freq / chance)
        assert rule["holdout_freq"] == among(holdout, left + right)
        bought = among(holdout, left)
        assert rule["holdout_antecedent_freq"] == bought
        assert rule["holdout_confidence"] == (among(holdout, left + right) / bought if bought else None)
        assert rule["replicated"] == (among(holdout, left + right) > later if later >= 5 else None)


def test_improvement_and_redundancy_are_over_the_best_parent(weighed):
    rules, mined_, _ = weighed
    for rule in [r for r in rules if len(r["antecedent"]) == 2][::40]:
        left, right = rule["antecedent"], rule["consequent"]
        parents = [among(mined_, [a, *right]) / among(mined_, [a]) for (a,) in combinations(left, 1)]
        assert rule["improvement"] == pytest.approx(rule["confidence"] - max(parents))
        assert rule["is_redundant"] == (rule["confidence"] <= max(parents))


def test_only_what_was_planted_is_productive(weighed):
    rules, *_ = weighed
    productive = {(tuple(r["antecedent"]), tuple(r["consequent"])) for r in rules if r["is_productive"]}
    assert productive >= {(("i20",), ("i25",)), (("i25",), ("i20",))}
    assert all({*left, *right} <= {"i20", "i25"} for left, right in productive)
    assert len(rules) > 100


SEQUENCES = {"sequence_days": 7, "sequence_min_count": 5, "sequence_min_users": 5, "pattern_min_support": 0.1}


def test_results_match_their_tables_at_every_level(spark):
    items = spark.createDataFrame([(f"i{i:02}", f"t{i % 9}") for i in range(40)], "item_id string, type string")
    optional = {"min_users": 2, "half_life_weeks": 1}
    settings = SETTINGS.model_copy(update={"levels": ("item", "type"), **optional, **SEQUENCES})
    found = mine(receipts_frame(spark, receipts(4, 200, largest=9)), items, settings)
    for name, df in found._asdict().items():
        table = tables.BY_NAME[f"gold.{name}"]
        kept = tables.conform(df, table).collect()
        assert {row["level"] for row in kept} == {"item", "type"}, name
        assert len({tuple(str(row[c]) for c in table.key) for row in kept}) == len(kept), name
        floats = [row[c.name] for row in kept for c in table.columns if isinstance(row[c.name], float)]
        assert np.isfinite(floats).all(), name
        assert all(c.nullable or row[c.name] is not None for row in kept for c in table.columns), name
