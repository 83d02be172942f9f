"""The stream of packs: every basket once a pass, the same packs however often it is restarted."""

from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from basketry.embeddings.stream import Negatives, packs, packs_once

SLOTS = 20


@pytest.fixture
def baskets(tmp_path):
    """Baskets that can be told apart, in a file of several row groups."""
    rng = np.random.default_rng(2)
    ends = np.cumsum([0, *rng.integers(2, 8, 90)])
    rows = [list(range(a, b)) for a, b in pairwise(ends.tolist())]
    pq.write_table(pa.table({"items": pa.array(rows, pa.list_(pa.int32()))}), tmp_path / "x.parquet", row_group_size=25)
    return tmp_path / "x.parquet", [tuple(row) for row in rows]


def read(pack):
    """The baskets of a pack, in order."""
    real = pack.others > 0
    return [tuple(pack.items[(pack.basket == b) & real]) for b in np.unique(pack.basket[real])]


def test_every_basket_comes_once_a_pass_and_whole(baskets):
    path, rows = baskets
    stream = packs(path, 7, 0, SLOTS)
    seen = []
    while len(seen) < 2 * len(rows):
        seen += read(next(stream))
    first, second = seen[: len(rows)], seen[len(rows) : 2 * len(rows)]
    assert Counter(first) == Counter(second) == Counter(rows)
    assert first != second


def test_others_counts_the_rest_of_the_basket_and_is_0_in_an_empty_slot(baskets):
    pack = next(packs(baskets[0], 7, 0, SLOTS))
    sizes = [len(b) for b in read(pack)]
    assert pack.others.tolist() == [n - 1 for n in sizes for _ in range(n)] + [0] * (SLOTS - sum(sizes))
    assert pack.n_examples == sum(sizes)


def test_a_restarted_stream_gives_the_same_packs(baskets):
    once, again = (list(islice(packs(baskets[0], 7, 0, SLOTS), 60)) for _ in range(2))
    assert all((a.items == b.items).all() and (a.basket == b.basket).all() for a, b in zip(once, again, strict=True))


def test_a_file_packed_once_gives_each_basket_once_in_order_the_last_too(baskets):
    path, rows = baskets
    assert [basket for pack in packs_once(path, SLOTS) for basket in read(pack)] == rows


def test_a_file_without_baskets_is_one_empty_pack(baskets):
    pq.write_table(pq.read_table(baskets[0]).slice(0, 0), baskets[0])
    (pack,) = packs_once(baskets[0], SLOTS)
    assert (len(pack.items), pack.n_examples) == (SLOTS, 0)


@pytest.mark.parametrize(("seed", "shard"), [(8, 0), (7, 1)])
def test_another_seed_or_shard_gives_another_order(baskets, seed, shard):
    assert read(next(packs(baskets[0], seed, shard, SLOTS))) != read(next(packs(baskets[0], 7, 0, SLOTS)))


def test_negatives_follow_count_to_the_power_and_repeat_by_seed_step_and_shard():
    negatives = Negatives(np.array([16, 4, 1]), 0.5, 70_000)
    drawn = negatives.draw(7, 1, 0)
    shares = np.bincount(drawn) / len(drawn)
    np.testing.assert_allclose(shares, np.array([4, 2, 1]) / 7, atol=0.01)
    np.testing.assert_allclose(np.exp(negatives.log_probability), np.array([4, 2, 1]) / 7, rtol=1e-6)
    assert (drawn == negatives.draw(7, 1, 0)).all()
    assert all((drawn != negatives.draw(*other)).any() for other in ((8, 1, 0), (7, 2, 0), (7, 1, 1)))
