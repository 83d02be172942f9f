"""`basketry explain-rule`."""

from typing import Annotated, Any

import typer
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import cell, grid
from basketry.errors import MissingInputError
from basketry.mining.settings import Level
from basketry.tables.mining import WHOLE
from basketry.tables.store import Store

HELP = "One item, or several with commas between"
N_STRATA = 12
MEASURES = [c.name for c in tables.RULES.columns if c.name not in tables.RULES.key]
HELD = ("holdout_freq", "holdout_antecedent_freq", "holdout_confidence", "holdout_adjusted_lift", "replicated")
TREND = [c.name for c in tables.RULE_TRENDS.columns if c.name not in tables.RULE_TRENDS.key]
USERS = ("n_users", "top_user_share")


def explain_rule(
    antecedent: Annotated[str, typer.Argument(help=HELP)],
    consequent: Annotated[str, typer.Argument(help=HELP)],
    level: Annotated[Level, typer.Option(help="What counts as an item")] = "item",
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Say what is behind a rule: its 2x2 table, every measure in words, its strata, its users, the holdout."""
    store = open_lake(flags(config, assign)).store
    left, right = (sorted(item.strip() for item in side.split(",")) for side in (antecedent, consequent))
    rule = find_rule(store, level, left, right)
    console = Console(highlight=False)
    console.print(f"{', '.join(left)} -> {', '.join(right)}\n", style="bold", markup=False)
    console.print(_table(two_by_two(store, level, rule)))
    console.print(_in_words(rule, [name for name in MEASURES if name not in HELD + USERS]))
    if len(left) == len(right) == 1:
        console.print(f"\nthe {N_STRATA} strata that expect most", style="bold")
        console.print(_strata(strata_behind(store, level, left[0], right[0])))
    console.print("\nwho buys it", style="bold")
    console.print(_in_words(rule, USERS))
    console.print("\nwhether it held in the days never mined", style="bold")
    console.print(_in_words(rule, HELD))
    if trend := find_trend(store, level, left, right):
        console.print("\nof late", style="bold")
        console.print(_in_words(trend, TREND, tables.RULE_TRENDS))


def find_trend(store: Store, level: str, antecedent: list[str], consequent: list[str]) -> Row | None:
    """The rule's row in gold.rule_trends; None where mining.half_life_weeks is not set."""
    # A lake mined before this table was there has none.
    if not store.exists(tables.RULE_TRENDS):
        return None
    wanted = _of_all(level) & (F.col("antecedent") == _array(antecedent))
    return store.read(tables.RULE_TRENDS).where(wanted & (F.col("consequent") == _array(consequent))).first()


def find_rule(store: Store, level: str, antecedent: list[str], consequent: list[str]) -> Row:
    """The rule's row in gold.rules. Raises MissingInputError when it is not there."""
    wanted = _of_all(level) & (F.col("antecedent") == _array(antecedent))
    row = store.read(tables.RULES).where(wanted & (F.col("consequent") == _array(consequent))).first()
    if row is None:
        raise MissingInputError(
            f"{tables.RULES}: no rule {', '.join(antecedent)} -> {', '.join(consequent)} at level {level}; it was not "
            "mined, or is below mining.min_support or mining.min_confidence"
        )
    return row


def two_by_two(store: Store, level: str, rule: Row) -> tuple[int, int, int, int]:
    """Baskets with both sides, the antecedent alone, the consequent alone, neither."""
    itemsets = store.read(tables.ITEMSETS).where(_of_all(level))
    n_left, n_right = (
        itemsets.where(F.col("items") == _array(rule[side])).select("freq").collect()[0][0]
        for side in ("antecedent", "consequent")
    )
    n = store.read(tables.STRATA).where(F.col("level") == level).agg(F.sum("n_baskets")).collect()[0][0]
    both = rule["freq"]
    return both, n_left - both, n_right - both, n - n_left - n_right + both


def strata_behind(store: Store, level: str, one: str, other: str) -> DataFrame:
    """stratum, n_baskets, n_one, n_other, expected (baskets); key stratum. The sum of expected is the rule's."""
    counts = store.read(tables.ITEM_COUNTS).where(F.col("level") == level)
    sides = [
        counts.where(F.col("item") == item).select("stratum", F.col("n").alias(name))
        for item, name in ((one, "n_one"), (other, "n_other"))
    ]
    # One row a stratum on every side.
    joined = store.read(tables.STRATA).where(F.col("level") == level).join(sides[0], on="stratum", how="inner")
    expected = F.col("n_one") * F.col("n_other") / F.col("n_baskets")
    return joined.join(sides[1], on="stratum", how="inner").select(
        "stratum", "n_baskets", "n_one", "n_other", expected.alias("expected")
    )


def _of_all(level: str) -> Column:
    return (F.col("level") == level) & (F.col("segment") == WHOLE)


def _array(items: list[str]) -> Any:
    return F.array(*[F.lit(item) for item in items])


def _table(cells: tuple[int, int, int, int]) -> Grid:
    both, left, right, neither = cells
    shown = grid("baskets", "with consequent", "without", "all", right={"with consequent", "without", "all"})
    for name, held, not_held in (("with antecedent", both, left), ("without", right, neither)):
        shown.add_row(name, f"{held:,}", f"{not_held:,}", f"{held + not_held:,}")
    shown.add_row("all", f"{both + right:,}", f"{left + neither:,}", f"{sum(cells):,}")
    return shown


def _in_words(rule: Row, names: list[str] | tuple[str, ...], table: tables.Table = tables.RULES) -> Grid:
    notes = {column.name: column.note for column in table.columns}
    shown = grid("measure", "value", "what it says", right={"value"})
    for name in names:
        shown.add_row(name, cell(rule[name]), notes[name])
    return shown


def _strata(behind: DataFrame) -> Grid:
    shown = grid(
        "items in the basket", "baskets", "antecedent", "consequent", "expected", right={"baskets", "expected"}
    )
    for row in behind.orderBy(F.desc("expected"), "stratum").limit(N_STRATA).collect():
        shown.add_row(*[cell(value) for value in row])
    return shown
