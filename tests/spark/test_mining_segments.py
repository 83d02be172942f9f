"""A store, month or segment of users mined alone gives what its baskets would give as a lake of their own."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from pyspark.sql import functions as F

from basketry import tables
from basketry.errors import ContractError, MissingInputError
from basketry.mining.levels import at_level
from basketry.mining.mine import associations
from basketry.mining.periods import split
from basketry.mining.segments import Part, segments_of
from basketry.mining.settings import FEWEST, MiningSettings
from basketry.tables.mining import WHOLE
from tests.support.receipts import receipts, receipts_frame
from tests.support.tables import rows

SETTINGS = {"min_support": 0.01, "holdout_days": 20, "segment_min_baskets": 150, "max_length": 2}
STORES = {0: "s0", 1: "s1", 2: "s1", 3: "s1"}


@pytest.fixture(scope="module")
def baskets(spark):
    """600 baskets of 100 days: a quarter in store s0, half of them in s1, one in ten without a user."""
    made = receipts_frame(spark, receipts(1, largest=6))
    number = F.substring("basket_id", 2, 4).cast("int") % 4
    store = F.element_at(F.create_map(*(F.lit(x) for pair in STORES.items() for x in pair)), number)
    return made.withColumns({"store_id": store, "n_items": F.size("items")}).persist()


def mined(baskets, **over):
    """Itemsets and rules."""
    settings = MiningSettings(**{**SETTINGS, **over})
    periods = split(at_level(baskets, None, "item").persist(), settings.holdout_days)
    itemsets, rules, *_ = associations(Part(WHOLE, *periods), segments_of(baskets, settings), settings)
    return itemsets, rules


def names(df):
    return [name for (name,) in rows(df.select("segment").distinct(), "segment")]


def test_nothing_is_segmented_unless_asked_for(baskets):
    assert segments_of(baskets, MiningSettings()) is None


def test_a_store_is_mined_as_if_it_were_all_there_is(baskets):
    itemsets, rules = mined(baskets, segment_by="store", segment_min_baskets=100)
    assert names(itemsets) == ["all", "store s0", "store s1"]
    wanted = [name for name in tables.RULES.column_names if name not in ("level", "segment")]
    for segment, alone in (("store s0", {"min_count": FEWEST}), ("all", {})):
        _, expected = mined(baskets.where("store_id = 's0'") if alone else baskets, **alone)
        assert rows(expected, *wanted) == rows(rules.where(F.col("segment") == segment), *wanted) != []


def test_a_segment_of_few_baskets_is_left_out(baskets):
    itemsets, _ = mined(baskets, segment_by="store")
    assert names(itemsets) == ["all", "store s1"]


def test_months_are_asked_of_everyones_later_days(baskets):
    # 100 days from 1 January without the last 20: 31 days, 29, and the first 20 of March, which are too few baskets.
    _, rules = mined(baskets, segment_by="month")
    assert names(rules) == ["2024-01", "2024-02", "all"]
    cut = date(2024, 1, 1) + timedelta(days=99 - 20)
    later = [set(items) for (items,) in baskets.where(F.col("sold_on") > F.lit(cut)).select("items").collect()]
    january = rules.where("segment = '2024-01'").orderBy("antecedent", "consequent").collect()
    assert len(january) > 10
    for row in january:
        assert row["holdout_freq"] == sum({*row["antecedent"], *row["consequent"]} <= items for items in later)


def test_quarters_have_names_that_sort(baskets):
    named = segments_of(baskets, MiningSettings(segment_by="quarter"))
    assert names(named) == ["2024-Q1", "2024-Q2"]


def test_users_are_segmented_by_a_file(baskets, tmp_path):
    file = tmp_path / "segments.csv"
    file.write_text("user_id,segment,since\n" + "".join(f"u{n},{'old' if n < 20 else 'new'},2020\n" for n in range(30)))
    found = segments_of(baskets, MiningSettings(segment_by="user", user_segments=str(file)))
    users = baskets.join(found, "basket_id").select("user_id", "segment").distinct()
    assert rows(users, "user_id", "segment") == sorted((f"u{n}", "old" if n < 20 else "new") for n in range(30))


def test_a_file_of_no_use_is_refused(baskets, tmp_path):
    def asked(file):
        return MiningSettings(segment_by="user", user_segments=file)

    with pytest.raises(ValidationError, match="segment_by=user needs a file"):
        asked(None)
    with pytest.raises(ValidationError, match="segment_by=user needs a file"):
        MiningSettings(segment_by="user")
    with pytest.raises(MissingInputError, match="nowhere"):
        segments_of(baskets, asked(str(tmp_path / "nowhere.csv")))
    (tmp_path / "other.csv").write_text("who,segment\nu1,a\n")
    with pytest.raises(ContractError, match="no column user_id"):
        segments_of(baskets, asked(str(tmp_path / "other.csv")))
    (tmp_path / "twice.csv").write_text("user_id,segment\nu1,a\nu1,b\n")
    with pytest.raises(ContractError, match=r"1 user\(s\) more than one"):
        segments_of(baskets, asked(str(tmp_path / "twice.csv")))
