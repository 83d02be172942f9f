"""With mining.min_users nothing is published of fewer users; what is, is what was found without."""

import pytest
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import ContractError
from basketry.mining.mine import Mine, mine, of_enough
from basketry.mining.settings import MiningSettings
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import frame, rows

LEAST = 8
SETTINGS = {"min_count": 5, "min_confidence": 0.1, "pair_min_count": 10, "pair_min_freq": 1, "sequence_days": 0,
            "holdout_days": 10}  # fmt: skip
KEYS = {"itemsets": ("items",), "rules": ("antecedent", "consequent"), "pairs": ("item_a", "item_b")}


@pytest.fixture(scope="module")
def baskets(spark):
    return receipts_frame(spark, receipts(4, 200, largest=9, days=60)).persist()


@pytest.fixture(scope="module")
def both(baskets):
    """What is found of any users, what of enough, and what was said."""
    told = []
    every = mine(baskets, None, MiningSettings(**SETTINGS))
    kept = mine(baskets, None, MiningSettings(**SETTINGS, min_users=LEAST), say=lambda text, **_: told.append(text))
    names = (*KEYS, "left_out")
    return [{name: getattr(found, name).persist() for name in names} for found in (every, kept)] + [told]


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


def test_pairs_and_sequences_of_fewer_users_are_left_out_and_told(spark):
    said = []
    pictures = {
        "pairs": "item_a item_b n_ab n_users\na b 9 7\na c 8 8\na d 0 0\na e 5 0",
        "sequences": "steps n_users\n{a b} 7\n{b a} 8",
        "sequence_patterns": "steps freq\n{a b c} 8\n{a c b} 7\n{b c a} 9",
    }
    frames = {name: frame(spark, tables.BY_NAME[f"gold.{name}"], text) for name, text in pictures.items()}
    frames["left_out"] = frame(spark, tables.LEFT_OUT, "segment what\nstore rules").drop("level")
    found = of_enough(Mine(**{**dict.fromkeys(Mine._fields), **frames}), LEAST, said.append)
    # Nobody bought a and d together; a and e were bought together by who knows whom.
    assert rows(found.pairs, "item_a", "item_b") == [("a", "c"), ("a", "d")]
    assert rows(found.sequences, "steps") == [(("b", "a"),)]
    assert rows(found.sequence_patterns, "steps") == [(("a", "b", "c"),), (("b", "c", "a"),)]
    assert rows(found.left_out, "segment", "what", "n", "n_left_out", "min_users")[:3] == [
        ("all", "longer sequences", 3, 1, LEAST),
        ("all", "pairs", 4, 2, LEAST),
        ("all", "sequences", 2, 1, LEAST),
    ]
    assert rows(found.left_out, "segment", "what")[3:] == [("store", "rules")]
    assert said == [
        f"left out, of fewer than {LEAST} users: {n}"
        for n in ("2 of 4 pairs", "1 of 2 sequences", "1 of 3 longer sequences")
    ]


def test_what_is_said_of_what_is_kept_is_the_same_but_for_q_and_what_is_left_out_is_told(both):
    every, kept, told = both
    columns = ["antecedent", "consequent", "freq", "confidence", "expected", "p", "improvement", "n_users"]
    assert set(rows(kept["rules"], *columns)) <= set(rows(every["rules"], *columns))
    assert set(rows(kept["pairs"], "item_a", "n_ab", "q")) <= set(rows(every["pairs"], "item_a", "n_ab", "q"))
    for name in KEYS:
        n, n_kept = every[name].count(), kept[name].count()
        assert f"left out, of fewer than {LEAST} users: {n - n_kept:,} of {n:,} {name}" in told
        [row] = rows(kept["left_out"].where(F.col("what") == name), "level", "segment", "n", "n_left_out", "min_users")
        assert row == ("item", "all", n, n - n_kept, LEAST)
    assert every["left_out"].count() == 0


def test_users_are_not_asked_for_where_nobody_is_named(baskets):
    nobody = baskets.withColumn("user_id", F.lit(None).cast("string"))
    with pytest.raises(ContractError, match=r"mining\.min_users = 2, and no basket names a user"):
        mine(nobody, None, MiningSettings(**SETTINGS, min_users=2))
