"""Counts that go on from those of before are those of a loop over all baskets, after any history."""

import random
from datetime import timedelta

import pytest

from basketry import tables
from basketry.mining.increments import NUMBERS
from basketry.mining.levels import at_level
from basketry.mining.periods import parted
from basketry.mining.settings import MiningSettings
from basketry.mining.signed import state_of
from basketry.mining.since import Past, counted_since
from tests.support.histories import commit, opening, truth

LEAST = 12
FEED = "basket_id string, user_id string, sold_on date, items array<string>, _change_type string, _commit_version long"
SILVER = "basket_id string, user_id string, sold_on date, items array<string>"
KINDS = {"all days": {}, "a holdout": {"holdout_days": 8}, "a window": {"holdout_days": 5, "weeks": 3}}


def frame_of(spark, baskets):
    rows = [(name, basket.user_id, basket.sold_on, list(basket.items)) for name, basket in sorted(baskets.items())]
    return spark.createDataFrame(rows, SILVER)


def feed_of(spark, commits):
    rows = [
        (name, basket.user_id, basket.sold_on, list(basket.items), kind, version)
        for version, changes in enumerate(commits)
        for kind, name, basket in changes
    ]
    return spark.createDataFrame(rows, FEED)


def mined(baskets, settings):
    """By loops: which baskets are mined."""
    days = [basket.sold_on for basket in baskets.values()]
    until = max(days) - timedelta(days=settings.holdout_days)
    if not settings.holdout_days or (max(days) - min(days)).days + 1 < 4 * settings.holdout_days:
        until = max(days)
    last = max(day for day in days if day <= until)
    after = last - timedelta(weeks=settings.weeks) if settings.weeks else min(days) - timedelta(days=1)
    return {name: basket for name, basket in baskets.items() if after < basket.sold_on <= until}


def plain(counts):
    strata = {row["stratum"]: (row["n_baskets"], row["n_lines"]) for row in counts.strata.collect()}
    return strata, {(row["stratum"], row["item"]): row["n"] for row in counts.items.collect()}


def tables_of(spark, true):
    strata = [("item", size, *numbers) for size, numbers in true.strata.items()]
    items = [("item", *key, n) for key, n in true.items.items()]
    pairs = [("item", *pair, *numbers) for pair, numbers in true.pairs.items()]
    found = zip((tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS), (strata, items, pairs), strict=True)
    return [spark.createDataFrame(rows, table.schema) for table, rows in found]


def step(spark, before, now, commits, settings):
    """Updates from `before` to `now` by the commits' feed, and holds the result against loops over `now`."""
    then, true = truth(mined(before, settings), LEAST), truth(mined(now, settings), LEAST)
    past = Past(state_of(frame_of(spark, before), None, settings), feed_of(spark, commits), *tables_of(spark, then))
    baskets = frame_of(spark, now)
    state = state_of(baskets, None, settings)
    counted = counted_since(past, state, parted(at_level(baskets, None, "item"), state.days).mined, settings, "item")
    labels = counted.space.labels
    seen = {(labels[r["a"]], labels[r["b"]]): tuple(r[n] for n in NUMBERS) for r in counted.pairs.collect()}
    assert counted.pairs.count() == len(seen)
    assert plain(counted.counts) == (true.strata, true.items)
    assert seen == true.pairs


def history(spark, seed, settings, n_updates=2):
    draw = random.Random(seed)  # noqa: S311
    baskets = opening(draw)
    for _ in range(n_updates):
        before = dict(baskets)
        commits = [commit(draw, baskets) for _ in range(draw.randrange(1, 5))]
        step(spark, before, baskets, commits, settings)


def settings_of(kind):
    return MiningSettings(pair_min_count=LEAST, **({"holdout_days": 0} | KINDS[kind]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_random_history_counts_are_those_of_a_loop(spark, seed, kind):
    history(spark, seed, settings_of(kind))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(100, 300))
def test_after_200_histories_too(spark, seed):
    history(spark, seed, settings_of(list(KINDS)[seed % len(KINDS)]))
