"""With mining.min_users nothing is published of fewer users; what is, is what was found without."""

import pytest
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.mining.mine import mine
from basketry.mining.settings import MiningSettings
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import rows

LEAST = 8
SETTINGS = {"min_count": 5, "min_confidence": 0.1, "pair_min_count": 10, "pair_min_freq": 1, "sequence_min_count": 5,
            "sequence_min_users": 5, "pattern_min_support": 0.1, "holdout_days": 10}  # fmt: skip
KEYS = {"itemsets": ("items",), "rules": ("antecedent", "consequent"), "pairs": ("item_a", "item_b"),
        "sequences": ("steps",), "sequence_patterns": ("steps",)}  # fmt: skip


@pytest.fixture(scope="module")
def baskets(spark):
    return receipts_frame(spark, receipts(4, 200, largest=9, days=60)).persist()


@pytest.fixture(scope="module")
def both(baskets):
    """What is found of any users, what of enough, and what was said."""
    told = []
    every = mine(baskets, None, MiningSettings(**SETTINGS))
    kept = mine(baskets, None, MiningSettings(**SETTINGS, min_users=LEAST), say=lambda text, **_: told.append(text))
    return [{name: getattr(found, name).persist() for name in KEYS} for found in (every, kept)] + [told]


def users_of(baskets, items):
    """By a look at every mined basket: 60 days but the last 10."""
    held = [(user, day, set(basket)) for user, day, basket in rows(baskets, "user_id", "sold_on", "items")]
    last = max(day for _, day, _ in held)
    return len({user for user, day, basket in held if (last - day).days >= 10 and user and set(items) <= basket})


def keys(found, name):
    return set(rows(found[name], *KEYS[name]))


def test_what_is_kept_is_what_enough_users_bought(baskets, both):
    every, kept, _ = both
    for name, items_of in (("itemsets", lambda k: k[0]), ("rules", lambda k: k[0] + k[1]), ("pairs", lambda k: k)):
        enough = {key for key in keys(every, name) if users_of(baskets, items_of(key)) >= LEAST}
        if name == "pairs":
            enough |= set(rows(every["pairs"].where("n_ab = 0"), *KEYS["pairs"]))
        assert keys(kept, name) == enough != keys(every, name), name
    for name, users in (("sequences", "n_users"), ("sequence_patterns", "freq")):
        enough = every[name].where(F.col(users) >= LEAST)
        assert keys(kept, name) == set(rows(enough, *KEYS[name])), name
        assert name == "sequence_patterns" or 0 < kept[name].count() < every[name].count()


def test_what_is_said_of_what_is_kept_is_the_same_but_for_q_and_what_is_left_out_is_told(both):
    every, kept, told = both
    columns = ["antecedent", "consequent", "freq", "confidence", "expected", "p", "improvement", "n_users"]
    assert set(rows(kept["rules"], *columns)) <= set(rows(every["rules"], *columns))
    assert set(rows(kept["pairs"], "item_a", "n_ab", "q")) <= set(rows(every["pairs"], "item_a", "n_ab", "q"))
    for name, words in (("itemsets", "itemsets"), ("rules", "rules"), ("pairs", "pairs"), ("sequences", "sequences")):
        n, n_kept = every[name].count(), kept[name].count()
        assert f"left out, of fewer than {LEAST} users: {n - n_kept:,} of {n:,} {words}" in told


def test_users_are_not_asked_for_where_nobody_is_named(baskets):
    nobody = baskets.withColumn("user_id", F.lit(None).cast("string"))
    with pytest.raises(ContractError, match=r"mining\.min_users = 2, and no basket names a user"):
        mine(nobody, None, MiningSettings(**SETTINGS, min_users=2))
