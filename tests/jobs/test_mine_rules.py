"""The job reads baskets, writes itemsets and rules, and can be run again."""

from basketry import tables
from tests.support.tables import rows

BASKETS = """
basket_id items   n_items
1         {a b}   2
2         {a b}   2
3         {a c}   2
"""


def test_mines_the_baskets_of_the_lake_twice_alike(lake):
    lake.put(tables.BASKETS, BASKETS)
    for _ in range(2):
        assert lake.run("mine_rules", "--set", "mining.min_support=0.5") == 0
        assert rows(lake.read(tables.ITEMSETS), "items", "freq") == [(("a",), 3), (("a", "b"), 2), (("b",), 2)]
        assert rows(lake.read(tables.RULES), "antecedent", "consequent", "confidence") == [
            (("a",), ("b",), 2 / 3),
            (("b",), ("a",), 1.0),
        ]


def test_mines_only_the_days_asked_for(lake):
    lake.put(tables.BASKETS, "basket_id items sold_on\n1 {a} 2024-01-01\n2 {b} 2024-02-01")
    assert lake.run("mine_rules", "--to", "2024-02-01") == 0
    assert rows(lake.read(tables.ITEMSETS), "items") == [(("a",),)]


def test_no_baskets_table_is_exit_4(lake):
    assert lake.run("mine_rules") == 4
