"""The explanation recomputes from the tables: cells add up, strata add up to what the rule expects."""

import pytest
from pyspark.sql import functions as F
from typer.testing import CliRunner

from basketry import tables
from basketry.cli import app
from basketry.commands.explain import MEASURES, TREND, find_rule, find_trend, strata_behind, two_by_two
from basketry.errors import MissingInputError

BASKETS = "basket_id items user_id\n" + "\n".join(
    [*(f"x{n} {{milk tea}} u{n}" for n in range(4)), *(f"y{n} {{tea}} u1" for n in range(3)), "z1 {jam milk tea} u9"]
)


def test_cells_and_strata_are_those_of_the_baskets(lake):
    lake.put(tables.BASKETS, BASKETS)
    lake.put(tables.ITEMS, "item_id\nmilk\ntea")
    assert lake.run("mine_rules", "--set", "mining.min_support=0.3") == 0
    rule = find_rule(lake.store, "item", ["tea"], ["milk"])
    assert two_by_two(lake.store, "item", rule) == (5, 3, 0, 0)
    behind = strata_behind(lake.store, "item", "tea", "milk")
    assert [tuple(row) for row in behind.orderBy("stratum").collect()] == [(2, 4, 4, 4, 4.0), (3, 1, 1, 1, 1.0)]
    assert behind.agg(F.sum("expected")).collect()[0][0] == pytest.approx(rule["expected"])
    done = CliRunner().invoke(
        app, ["explain-rule", "tea", "milk", "--set", f"lake.root={lake.root}", "--set", "spark.log_file=null"]
    )
    assert done.exit_code == 0, done.output
    assert all(name in done.stdout for name in MEASURES) and "of late" not in done.stdout
    assert find_trend(lake.store, "item", ["tea"], ["milk"]) is None
    with pytest.raises(MissingInputError, match="jam -> tea"):
        find_rule(lake.store, "item", ["jam"], ["tea"])


def test_what_a_rule_is_of_late_is_told_where_it_was_sought(lake):
    lake.put(tables.BASKETS, BASKETS)
    lake.put(tables.ITEMS, "item_id\nmilk\ntea")
    assert lake.run("mine_rules", "--set", "mining.min_support=0.3", "--set", "mining.half_life_weeks=4") == 0
    trend = find_trend(lake.store, "item", ["tea"], ["milk"])
    # All on one day: each weighs the same, and nothing rises.
    assert (trend["recent_confidence"], trend["ratio"], trend["recent_n"], trend["trend"]) == (5 / 8, 1.0, 8, None)
    done = CliRunner().invoke(
        app, ["explain-rule", "tea", "milk", "--set", f"lake.root={lake.root}", "--set", "spark.log_file=null"]
    )
    assert done.exit_code == 0 and "of late" in done.stdout and all(name in done.stdout for name in TREND)
