"""The job reads baskets and items, writes itemsets, rules, pairs, sequences and counts, and can be run again."""

import pytest

from basketry import tables
from basketry.commands.summary import print_summary
from tests.support.tables import rows

DAYS = ((1, "a"), (5, "b"), (12, "c"))
ASKED = {
    "min_support": 0.5,
    "pair_min_count": 20,
    "pattern_min_support": 0.5,
    "sequence_days": 7,
    "sequence_min_count": 5,
    "sequence_min_users": 5,
}
SETTINGS = [word for name, value in ASKED.items() for word in ("--set", f"mining.{name}={value}")]


@pytest.fixture
def filled(lake):
    """Two baskets {a b} and one {a c} on a day of March; before that, six users who each buy a, then b, then c."""
    visits = [f"{user}-{day} u{user} {{{item}}} 2024-01-{day:02}" for user in range(6) for day, item in DAYS]
    others = [f"{n} - {{{items}}} 2024-03-01" for n, items in enumerate(["a b", "a b", "a c"] * 20)]
    lake.put(tables.BASKETS, "\n".join(["basket_id user_id items sold_on", *visits, *others]))
    lake.put(tables.ITEMS, "item_id\na\nb\nc")
    return lake


def test_mines_the_baskets_of_the_lake_then_only_the_days_asked_for(filled):
    assert filled.run("mine_rules", *SETTINGS) == 0
    every = [(("a",), 66), (("a", "b"), 40), (("b",), 46)]
    assert rows(filled.read(tables.ITEMSETS), "level", "segment", "items", "freq") == [
        ("item", "all", *itemset) for itemset in every
    ]
    assert rows(filled.read(tables.RULES), "antecedent", "consequent", "confidence") == [
        (("a",), ("b",), 40 / 66),
        (("b",), ("a",), 40 / 46),
    ]
    assert rows(filled.read(tables.STRATA), "stratum", "n_baskets", "n_lines") == [(1, 18, 18), (2, 60, 120)]
    assert rows(filled.read(tables.PAIR_COUNTS), "item_a", "item_b", "n") == [("a", "b", 40), ("a", "c", 20)]
    assert filled.run("mine_rules", *SETTINGS, "--to", "2024-02-01") == 0
    assert rows(filled.read(tables.ITEMSETS), "items") == []
    assert rows(filled.read(tables.SEQUENCES), "level", "steps", "n", "freq") == [
        ("item", ("a", "b"), 12, 6),
        ("item", ("b", "c"), 12, 6),
    ]
    assert rows(filled.read(tables.SEQUENCE_PATTERNS), "level", "steps", "freq") == [("item", ("a", "b", "c"), 6)]


def test_what_few_users_left_out_is_a_table_and_a_line_of_the_summary(filled, capsys):
    assert filled.run("mine_rules", *SETTINGS, "--to", "2024-02-01", "--set", "mining.min_users=7") == 0
    assert rows(filled.read(tables.LEFT_OUT), "what", "n", "n_left_out", "min_users") == [
        ("itemsets", 0, 0, 7),
        ("longer sequences", 1, 1, 7),
        ("pairs", 0, 0, 7),
        ("rules", 0, 0, 7),
        ("sequences", 2, 2, 7),
    ]
    print_summary(filled.store)
    assert "left out, of fewer than 7 users: 1 of 1 longer sequences, 2 of 2 sequences" in capsys.readouterr().out
    assert filled.run("mine_rules", *SETTINGS, "--to", "2024-02-01") == 0
    assert filled.read(tables.LEFT_OUT).count() == 0


def test_no_baskets_table_is_exit_4(lake):
    assert lake.run("mine_rules") == 4
