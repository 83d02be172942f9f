"""Pairs within baskets and their users, against loops."""

from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from basketry.mining import counts
from basketry.mining.counts import count_by_user, pairs_within, whole_users


@pytest.fixture
def baskets():
    random = np.random.default_rng(3)
    return [sorted(random.choice(12, size, replace=False).tolist()) for size in random.integers(0, 7, 60)]


def test_pairs_within_baskets_are_every_combination_once(baskets):
    rows = np.array([i for i, basket in enumerate(baskets) for _ in basket])
    found = pairs_within(rows, np.array([code for basket in baskets for code in basket]))
    expected = Counter((i, *pair) for i, basket in enumerate(baskets) for pair in combinations(basket, 2))
    assert Counter(zip(*(part.tolist() for part in found), strict=True)) == expected


def test_users_of_a_key_are_counted_once_and_the_anonymous_never():
    keys, users = np.array([5, 5, 5, 5, 9, 9, 2]), np.array([0, 1, 1, -1, -1, -1, 0])
    found = [part.tolist() for part in count_by_user(keys, users)]
    assert found == [[2, 5, 9], [1, 4, 2], [1, 2, 0], [1, 2, 0]]


def test_no_keys_count_to_nothing():
    assert [len(part) for part in count_by_user(np.empty(0, int), np.empty(0, int))] == [0, 0, 0, 0]


@pytest.mark.parametrize("lines_per_block", [1, 4, 1000])
def test_blocks_never_split_a_user(monkeypatch, lines_per_block):
    monkeypatch.setattr(counts, "LINES_PER_BLOCK", lines_per_block)
    who = ["a", "a", "b", "c", "c", "c", "c", "d"]
    table = pa.table({"items": [[1], [2, 3], [1], [2], [3], [1, 2], [1], [4]], "who": who})
    seen = defaultdict(set)
    blocks = list(whole_users(table.to_batches(max_chunksize=3)))
    for i, block in enumerate(blocks):
        for name in block["who"].to_pylist():
            seen[name].add(i)
    assert all(len(where) == 1 for where in seen.values())
    assert [name for block in blocks for name in block["who"].to_pylist()] == who
