"""The job reads baskets and items, writes itemsets, rules, pairs and counts, and can be run again."""

from basketry import tables
from tests.support.tables import rows

BASKETS = """
basket_id items   n_items
1         {a b}   2
2         {a b}   2
3         {a c}   2
"""
SETTINGS = ("--set", "mining.min_support=0.5", "--set", "mining.levels=[item]")


def test_mines_the_baskets_of_the_lake_twice_alike(lake):
    lake.put(tables.BASKETS, BASKETS)
    lake.put(tables.ITEMS, "item_id\na\nb\nc")
    for _ in range(2):
        assert lake.run("mine_rules", *SETTINGS) == 0
        assert rows(lake.read(tables.ITEMSETS), "items", "freq") == [(("a",), 3), (("a", "b"), 2), (("b",), 2)]
        assert rows(lake.read(tables.RULES), "antecedent", "consequent", "confidence") == [
            (("a",), ("b",), 2 / 3),
            (("b",), ("a",), 1.0),
        ]
        assert rows(lake.read(tables.STRATA), "stratum", "n_baskets", "n_lines") == [(2, 3, 6)]


def test_mines_only_the_days_asked_for(lake):
    lake.put(tables.BASKETS, "basket_id items sold_on\n1 {a} 2024-01-01\n2 {b} 2024-02-01")
    lake.put(tables.ITEMS, "item_id\na\nb")
    assert lake.run("mine_rules", *SETTINGS, "--to", "2024-02-01") == 0
    assert rows(lake.read(tables.ITEMSETS), "items") == [(("a",),)]


def test_no_baskets_table_is_exit_4(lake):
    assert lake.run("mine_rules") == 4
