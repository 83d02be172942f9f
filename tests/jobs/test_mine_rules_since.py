"""After any history, runs of mine_rules that go on from each other leave what one run over the same baskets leaves."""

import random

import pytest

from basketry import since, tables
from basketry.runs import commit_note
from basketry.tables.store import Store
from basketry.verify import difference
from tests.support.histories import commit, opening
from tests.support.lake import Lake
from tests.support.tables import frame, rows

SAME = (
    tables.STRATA, tables.ITEM_COUNTS, tables.PAIR_COUNTS, tables.PAIRS, tables.ITEMSETS, tables.RULES,
)  # fmt: skip
ASKED = {"min_support": 0.2, "pair_min_count": 12, "pair_min_freq": 1, "sequence_days": 0, "holdout_days": 8}
SETTINGS = [f"--set=mining.{name}={value}" for name, value in ASKED.items()]


@pytest.fixture(autouse=True)
def _follows_few_too(monkeypatch):
    monkeypatch.setattr(since, "FEWEST_ROWS", 0)


class KilledError(Exception):
    """Stands for kill -9: nothing is done after it."""


def put(lake, baskets):
    """silver.baskets as it is now, by a MERGE that touches only what changed, as build_baskets writes it."""
    picture = [
        f"{name} {basket.user_id or '-'} {{{' '.join(basket.items)}}} {basket.sold_on}"
        for name, basket in sorted(baskets.items())
    ]
    now = frame(lake.store.spark, tables.BASKETS, "\n".join(["basket_id user_id items sold_on", *picture]))
    lake.store.sync(tables.BASKETS, now, commit_note("test", "test"))


def items(lake):
    lake.put(tables.ITEMS, "\n".join(["item_id", *(f"i{n:02}" for n in range(14))]))


def mined(lake, *flags):
    assert lake.run("mine_rules", *SETTINGS, *flags) == 0


def killed(lake, monkeypatch, number, after):
    """A run that ends before, or after, its commit of that number."""
    original, seen = Store._commit, []

    def dying(self, table, write):
        seen.append(table)
        if len(seen) == number and not after:
            raise KilledError
        done = original(self, table, write)
        if len(seen) == number:
            raise KilledError
        return done

    with monkeypatch.context() as patched:
        patched.setattr(Store, "_commit", dying)
        patched.setattr("basketry.job._record", lambda *_: None)
        assert lake.run("mine_rules", *SETTINGS) == 1


def assert_as_built_at_once(spark, lake, baskets, folder):
    whole = Lake(Store(spark, str(folder)), folder, folder)
    put(whole, baskets)
    items(whole)
    mined(whole)
    assert {str(t): difference(whole.read(t), lake.read(t), t) for t in SAME} == dict.fromkeys(map(str, SAME), "")


def history(spark, lake, monkeypatch, seed, folder, n_updates):
    draw = random.Random(seed)  # noqa: S311
    baskets = opening(draw)
    put(lake, baskets)
    items(lake)
    mined(lake)
    for update in range(n_updates):
        for _ in range(draw.randrange(1, 4)):
            commit(draw, baskets)
            put(lake, baskets)
        if not update or draw.random() < 0.5:
            killed(lake, monkeypatch, draw.randrange(1, 10), draw.random() < 0.5)
        mined(lake)
    assert_as_built_at_once(spark, lake, baskets, folder)


def said(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if "everything is counted" in line]


def test_a_random_history_with_killed_runs(spark, lake, monkeypatch, tmp_path):
    history(spark, lake, monkeypatch, 1, tmp_path / "whole", n_updates=1)


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_twenty_more(spark, tmp_path, monkeypatch):
    for seed in range(100, 120):
        folder = tmp_path / str(seed)
        grown = Lake(Store(spark, str(folder / "lake")), folder / "lake", folder / "raw")
        history(spark, grown, monkeypatch, seed, folder / "whole", n_updates=3)


@pytest.mark.full
def test_it_says_why_it_counts_everything_and_goes_on_only_from_what_the_last_run_left(lake, monkeypatch, capsys):
    baskets = opening(random.Random(5))  # noqa: S311
    put(lake, baskets)
    items(lake)
    mined(lake)
    assert "no earlier run" in said(capsys)[0]
    mined(lake)
    assert said(capsys) == []
    mined(lake, "--set=mining.pair_min_count=13")
    assert "mining.pair_min_count: 12 then, 13 now" in said(capsys)[0]
    killed(lake, monkeypatch, 5, after=True)
    capsys.readouterr()
    mined(lake, "--set=mining.pair_min_count=13")
    assert "gold.pair_counts is not what run" in said(capsys)[0]
    fewer = dict(list(baskets.items())[:40])
    put(lake, fewer)
    mined(lake, "--set=mining.pair_min_count=13")
    assert "rows of silver.baskets changed" in said(capsys)[0]
    assert sum(n for (n,) in rows(lake.read(tables.STRATA), "n_baskets")) <= len(fewer)
