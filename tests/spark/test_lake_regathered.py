"""What a batch makes anew stays small in words, however its frames are made of each other."""

from basketry import tables
from basketry.lake.baskets import build_baskets
from basketry.lake.regathered import regather
from basketry.lake.settings import LakeSettings
from tests.support.tables import frame

LINES = """
basket_id item_id line_number user_id store_id quantity sold_at             sold_on
b1        tea     1           u1      s1       1        2024-01-05T23:30:00 2024-01-05
b2        jam     1           u1      s1       1        2024-01-05T23:35:00 2024-01-05
b3        jam     1           u2      s1       1        2024-01-04T08:00:00 2024-01-04
"""
ITEMS = """
item_id item_index name department
tea     0          tea  GROCERY
jam     1          jam  GROCERY
"""
# Characters. Where the frames in between were persisted, not held, one of these had 246,000.
LONGEST_PLAN = 60_000


def test_the_plan_of_what_is_gathered_again_does_not_hold_the_plans_of_all_it_is_made_of(spark):
    settings, items = LakeSettings(), frame(spark, tables.ITEMS, ITEMS)
    lines = frame(spark, tables.LINES, LINES)
    baskets = build_baskets(lines, items, settings.baskets, settings.time_zone).baskets
    now = spark.createDataFrame([("b1",)], "basket_id string")
    found = regather(lines.where("basket_id = 'b1'"), now, lines, baskets, items, settings)
    for table in found.built:
        assert len(table._jdf.queryExecution().toString()) < LONGEST_PLAN
