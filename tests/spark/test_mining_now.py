"""What is bought together now: pairs of the window's baskets alone, and none that tells of too few users."""

from datetime import datetime, timedelta

import pytest

from basketry.mining.now import pairs_now
from basketry.mining.settings import MiningSettings
from tests.support.tables import rows

LATEST = datetime(2024, 3, 5, 10, 20)  # noqa: DTZ001
SCHEMA = "basket_id string, user_id string, sold_on date, sold_at timestamp, items array<string>"


@pytest.fixture(scope="module")
def baskets(spark):
    """An hour with 30 baskets {a b} of ten users and 12 {c d} of one; two days before, {a e}."""
    made = [(f"n{n}", f"u{n % 10}", LATEST - timedelta(minutes=n), ["a", "b"]) for n in range(30)]
    made += [(f"m{n}", "one", LATEST - timedelta(minutes=n), ["c", "d"]) for n in range(12)]
    made += [(f"o{n}", f"u{n}", LATEST - timedelta(days=2, minutes=n), ["a", "e"]) for n in range(9)]
    return spark.createDataFrame([(name, user, at.date(), at, items) for name, user, at, items in made], SCHEMA)


def found(baskets, **asked):
    settings = MiningSettings(pair_min_count=5, pair_min_freq=5, **asked)
    return rows(pairs_now(baskets, None, settings, hours=24, slide_minutes=60), "item_a", "item_b", "n_ab", "n")


def test_only_baskets_of_the_window_count(baskets):
    assert found(baskets)[::5] == [("a", "b", 30, 42), ("c", "d", 12, 42)]


def test_pairs_of_fewer_users_are_not_published(baskets):
    kept = found(baskets, min_users=2)
    assert ("a", "b", 30, 42) in kept and ("c", "d") not in {row[:2] for row in kept}
