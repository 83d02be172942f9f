"""Rules of now beside those of before: what came, went and moved, by hand."""

import pytest

from basketry.mining import changes
from basketry.mining.changes import changed_rules
from basketry.tables import RULE_CHANGES, RULES, conform
from tests.support.tables import frame, rows

COLUMNS = "level segment antecedent consequent leverage is_significant freq q"
# By leverage: a>b, b>a, c>d; e>f is not significant.
BEFORE = f"""
{COLUMNS}
item all {{a}} {{b}} .4 true 40 .01
item all {{b}} {{a}} .3 true 40 .01
item all {{c}} {{d}} .2 true 20 .02
item all {{e}} {{f}} .9 false 9 .20
item s1  {{a}} {{b}} .1 true 5 .03
"""
FOUND = ("segment", "antecedent", "consequent", "change", "rank_before", "rank", "freq_before", "freq")


def found(spark, before, now):
    found = changed_rules(*(frame(spark, RULES, f"{COLUMNS}{picture.split(COLUMNS)[-1]}") for picture in (before, now)))
    return rows(conform(found, RULE_CHANGES), *FOUND)


def test_new_dead_and_moved_rules_with_what_they_were(spark):
    now = """
    item all {a} {b} .2 true 41 .01
    item all {b} {a} .3 true 41 .01
    item all {e} {f} .1 true 12 .04
    item all {c} {d} .5 false 21 .06
    item all {g} {h} .8 false 6 .30
    item s1  {a} {b} .1 true 6 .03
    item s1  {b} {a} .1 true 6 .03
    """
    assert found(spark, BEFORE, now) == [
        ("all", ("a",), ("b",), "moved", 1, 2, 40, 41),
        ("all", ("b",), ("a",), "moved", 2, 1, 40, 41),
        ("all", ("c",), ("d",), "dead", 3, None, 20, 21),
        ("all", ("e",), ("f",), "new", None, 3, 9, 12),
        ("s1", ("b",), ("a",), "new", None, 2, None, 6),
    ]


def test_the_same_rules_are_no_change_and_a_first_run_has_none(spark):
    assert found(spark, BEFORE, BEFORE) == []
    assert found(spark, "", BEFORE) == []
    assert [row[3] for row in found(spark, BEFORE, "")] == ["dead"] * 4


@pytest.mark.parametrize("top, moved", [(2, 2), (1, 2), (0, 0)])
def test_moves_count_where_either_rank_is_within_the_top(spark, monkeypatch, top, moved):
    monkeypatch.setattr(changes, "TOP", top)
    swapped = BEFORE.replace(" .4 ", " .25 ")
    assert [row[3] for row in found(spark, BEFORE, swapped)] == ["moved"] * moved
