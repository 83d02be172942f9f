"""Shuffled receipts keep both margins, lose what was planted, and say when they are not mixed."""

import numpy as np
import pytest

from basketry.mining import curveball
from basketry.mining.audit import tally
from basketry.mining.curveball import shuffle
from basketry.mining.settings import MiningSettings
from tests.support.receipts import receipts


def lines(seed, **made):
    baskets = [items for *_, items in receipts(seed, **made)]
    rows = np.array([i for i, basket in enumerate(baskets) for _ in basket])
    _, items = np.unique([item for basket in baskets for item in basket], return_inverse=True)
    return rows, items.astype(np.int64)


def test_each_item_keeps_its_count_and_each_basket_its_size_without_repeats():
    rows, items = lines(1)
    mixed = shuffle(rows, items, np.random.default_rng(1))
    assert mixed.is_mixed
    assert sorted(mixed.items) == sorted(items)
    assert len(np.unique(np.stack([rows, mixed.items]), axis=1).T) == len(rows)
    assert not np.array_equal(mixed.items, items)


def test_planted_pairs_do_not_survive_and_the_usual_list_does():
    rows, items = lines(2, n_baskets=3000)
    settings = MiningSettings(min_support=0.01, min_confidence=0.2, pair_min_count=20)
    real = tally(rows, items, settings)
    draws = [tally(rows, shuffle(rows, items, np.random.default_rng(d)).items, settings) for d in range(3)]
    assert real.significant >= 1
    assert sorted(draw.significant for draw in draws)[1] <= 1
    assert min(draw.usual for draw in draws) > real.usual / 2


@pytest.mark.parametrize("null", ["strata", "margins"])
def test_heavy_tailed_noise_is_called_noise(null):
    """Baskets of up to 1,000 items: coarse strata find false pairs here."""
    random = np.random.default_rng(9)
    shares = 1 / np.arange(1, 1201) ** 0.7
    sizes = np.minimum((random.pareto(0.9, 1500) * 4 + 1).astype(int), 1000)
    baskets = [np.sort(random.choice(1200, size, replace=False, p=shares / shares.sum())) for size in sizes]
    rows, items = np.repeat(np.arange(1500), sizes), np.concatenate(baskets)
    settings = MiningSettings(pair_min_count=20, null=null)
    found = [tally(rows, shuffle(rows, items, np.random.default_rng(d)).items, settings).significant for d in range(3)]
    assert sizes.max() == 1000
    assert sorted(found)[1] <= 1


def test_a_shuffle_stopped_early_is_not_called_mixed(monkeypatch):
    monkeypatch.setattr(curveball, "MOST_ROUNDS", 1)
    monkeypatch.setattr(curveball, "ROUNDS_BETWEEN_LOOKS", 1)
    assert not shuffle(*lines(3), np.random.default_rng(1)).is_mixed


def test_one_basket_has_nobody_to_trade_with():
    mixed = shuffle(np.zeros(3, np.int64), np.arange(3), np.random.default_rng(1))
    assert sorted(mixed.items) == [0, 1, 2]
