"""The job reads baskets and items, writes itemsets, rules, pairs, sequences and counts, and can be run again."""

from basketry import tables
from tests.support.tables import rows

BASKETS = """
basket_id items   n_items
1         {a b}   2
2         {a b}   2
3         {a c}   2
"""
DAYS = ((1, "a"), (5, "b"), (12, "c"))
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


def test_writes_sequences_of_the_users_of_the_lake(lake):
    visits = [f"{user}-{day} u{user} {{{item}}} 2024-01-{day:02}" for user in range(6) for day, item in DAYS]
    lake.put(tables.BASKETS, "\n".join(["basket_id user_id items sold_on", *visits]))
    lake.put(tables.ITEMS, "item_id\na\nb\nc")
    asked = ("sequence_days=7", "sequence_min_count=5", "sequence_min_users=5", "pattern_min_support=0.5")
    flags = [word for setting in asked for word in ("--set", f"mining.{setting}")]
    assert lake.run("mine_rules", *SETTINGS, *flags) == 0
    assert rows(lake.read(tables.SEQUENCES), "level", "steps", "n", "freq") == [
        ("item", ("a", "b"), 12, 6),
        ("item", ("b", "c"), 12, 6),
    ]
    assert rows(lake.read(tables.SEQUENCE_PATTERNS), "level", "steps", "freq") == [("item", ("a", "b", "c"), 6)]


def test_mines_only_the_days_asked_for(lake):
    lake.put(tables.BASKETS, "basket_id items sold_on\n1 {a} 2024-01-01\n2 {b} 2024-02-01")
    lake.put(tables.ITEMS, "item_id\na\nb")
    assert lake.run("mine_rules", *SETTINGS, "--to", "2024-02-01") == 0
    assert rows(lake.read(tables.ITEMSETS), "items") == [(("a",),)]


def test_no_baskets_table_is_exit_4(lake):
    assert lake.run("mine_rules") == 4
