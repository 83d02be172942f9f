"""Itemsets by the counts of their pairs are those that mining finds, flags too; where they cannot be, it says why."""

from itertools import combinations

import pytest

from basketry.mining import recount
from basketry.mining.counts import add_up
from basketry.mining.itemsets import mine_itemsets
from basketry.mining.levels import at_level
from basketry.mining.pairs import count
from basketry.mining.recount import cliques, recounted_itemsets
from basketry.mining.settings import MiningSettings
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import rows

COLUMNS = ("items", "size", "freq", "support", "is_closed", "is_maximal")


@pytest.fixture(scope="module")
def baskets(spark):
    return at_level(receipts_frame(spark, receipts(3, largest=9)), None, "item").persist()


def both(baskets, **asked):
    settings = MiningSettings(pair_min_count=20, **asked)
    counted = count(baskets, settings)
    again = recounted_itemsets(baskets, counted._replace(pairs=add_up(counted.pairs)), settings)
    return again, mine_itemsets(baskets, settings)


@pytest.mark.parametrize(
    "asked", [{"min_count": 20}, {"min_count": 20, "max_length": 2}, {"min_count": 25, "top_k": 9}]
)
def test_they_are_those_that_mining_finds(baskets, asked):
    again, mined = both(baskets, **asked)
    assert rows(again.itemsets, *COLUMNS) == rows(mined.itemsets, *COLUMNS)
    assert again.n_baskets == mined.n_baskets
    sizes = {size for (size,) in rows(mined.itemsets, "size")}
    assert max(sizes) == min(asked.get("max_length", 3), max(sizes)) and len(sizes) > 1


def test_rarer_ones_than_pairs_are_counted_for_are_mined(baskets):
    again, _ = both(baskets, min_count=19)
    assert again == "mining.pair_min_count is above 19 baskets, and rarer pairs are not counted"


def test_too_many_candidates_are_not_listed(baskets, monkeypatch):
    monkeypatch.setattr(recount, "MOST_CANDIDATES", 0)
    assert both(baskets, min_count=20)[0] == "more than 0 candidates of three items and more"
    monkeypatch.setattr(recount, "MOST_PAIRS", 0)
    assert both(baskets, min_count=20)[0] == "more than 0 frequent pairs"


def test_cliques_are_the_sets_whose_pairs_are_all_edges():
    edges = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3), (3, 4), (2, 4), (1, 5)]
    every = [items for k in (3, 4, 5) for items in combinations(range(6), k)]
    wanted = [items for items in every if all(pair in edges for pair in combinations(items, 2))]
    assert sorted(cliques(edges, 5, 100)) == sorted(wanted)
    assert sorted(cliques(edges, 3, 100)) == sorted(items for items in wanted if len(items) == 3)
    assert cliques(edges, 5, len(wanted)) is not None and cliques(edges, 5, len(wanted) - 1) is None
