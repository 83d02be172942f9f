"""What trimming leaves out of baskets is in no itemset of two or more."""

from itertools import combinations

import numpy as np
import pytest

from basketry.mining.trimming import Trimming, trim
from tests.support.tables import rows

N_ITEMS = 30


def coded_baskets(seed, n_baskets=400):
    random = np.random.default_rng(seed)
    return [sorted({int(code) for code in random.geometric(0.12, size) if code < N_ITEMS})
            for size in random.integers(1, 12, n_baskets)]  # fmt: skip


def frequent_pairs(baskets, min_count):
    pairs = [pair for basket in baskets for pair in combinations(basket, 2)]
    return {pair for pair in pairs if pairs.count(pair) >= min_count}


def with_partner(baskets, pairs):
    held = [{item for pair in combinations(basket, 2) if pair in pairs for item in pair} for basket in baskets]
    return sorted(tuple(sorted(items)) for items in held if items)


def trimmed(spark, baskets, partitions, *of):
    df = spark.createDataFrame([(basket,) for basket in baskets if basket], "items array<int>")
    return [items for (items,) in rows(trim(df.repartition(partitions), Trimming(N_ITEMS, *of)), "items")]


@pytest.mark.parametrize("partitions", [1, 3])
def test_what_is_left_of_a_basket_has_a_frequent_partner_in_it(spark, partitions):
    baskets = coded_baskets(1)
    expected = with_partner(baskets, frequent_pairs(baskets, 60))
    assert 0 < sum(map(len, expected)) < sum(map(len, baskets)) / 2
    assert trimmed(spark, baskets, partitions, 60) == expected


def test_pairs_that_share_a_bucket_leave_more_but_never_less(spark):
    baskets = coded_baskets(2)
    pairs = frequent_pairs(baskets, 40)
    counts_of_itemsets = [sum(set(pair) <= set(basket) for basket in baskets) for pair in pairs]
    left = trimmed(spark, baskets, 2, 40, 128)
    assert sum(map(len, with_partner(baskets, pairs))) < sum(map(len, left)) < sum(map(len, baskets))
    assert [sum(set(pair) <= set(basket) for basket in left) for pair in pairs] == counts_of_itemsets


def test_a_giant_basket_stays_whole_and_counts_for_every_pair(spark):
    giant = list(range(20))
    assert trimmed(spark, [giant, [0, 1], [0, 1], [2, 3], [4]], 2, 3, 2**22, 19) == [(0, 1), (0, 1), tuple(giant)]


def test_nothing_is_left_where_no_pair_is_frequent(spark):
    assert trimmed(spark, [[0], [1], [0, 1]], 2, 2) == []
