"""Association rules made from itemsets by joins; the itemsets' own counts are exact, so every measure is."""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.itemsets import mine_itemsets
from basketry.mining.measures import RULE_MEASURES, Table2x2
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import at_least_share


class Mined(NamedTuple):
    """Itemsets and rules of the same baskets."""

    itemsets: DataFrame
    rules: DataFrame


def mine_rules(baskets: DataFrame, settings: MiningSettings) -> Mined:
    """Itemsets and rules of `baskets` (a column `items` of distinct items), with the measures of their own table."""
    itemsets, n_baskets = mine_itemsets(baskets, settings)
    return Mined(itemsets, with_measures(rules_from_itemsets(itemsets, settings), n_baskets))


def rules_from_itemsets(itemsets: DataFrame, settings: MiningSettings) -> DataFrame:
    """Rules (antecedent, consequent, freq, n_left, n_right) of at least `min_confidence`; key antecedent, consequent.

    `itemsets` must hold every subset of each of its itemsets, as every miner's result does.
    """
    sides = itemsets.select("items", "freq")
    whole = sides.where(F.size("items") > 1)
    split = whole.select("items", "freq", F.explode(_consequents(settings)).alias("consequent")).select(
        "freq", F.array_except("items", "consequent").alias("antecedent"), "consequent"
    )
    # Each itemset is there once, so both joins find exactly one row.
    counted = split.join(sides.toDF("antecedent", "n_left"), on="antecedent", how="inner").join(
        sides.toDF("consequent", "n_right"), on="consequent", how="inner"
    )
    kept = counted.where(at_least_share(F.col("freq"), F.col("n_left"), settings.min_confidence))
    return kept.select("antecedent", "consequent", "freq", "n_left", "n_right")


def with_measures(rules: DataFrame, n_baskets: int, *evidence: Column | str) -> DataFrame:
    """Antecedent, consequent, freq and every measure of the rule's 2x2 table, then the columns of evidence."""
    table = Table2x2(F.col("freq"), F.col("n_left"), F.col("n_right"), F.lit(n_baskets))
    measures = [measure(table).alias(measure.__name__) for measure in RULE_MEASURES]
    return rules.select("antecedent", "consequent", "freq", *measures, *evidence)


def _consequents(settings: MiningSettings) -> Column:
    """Every choice of up to `max_consequent` of an itemset's items that leaves at least one, in order."""
    sizes = range(2, settings.max_length + 1)
    cases = " ".join(f"WHEN {size} THEN {_choices(size, settings.max_consequent)}" for size in sizes)
    # As one text: an object of the JVM for each item of each choice takes longer than to make the rules.
    return F.expr(f"CASE size(items) {cases} END") if cases else F.lit(None).cast("array<array<string>>")


def _choices(size: int, most: int) -> str:
    chosen = [places for n in range(1, min(most, size - 1) + 1) for places in combinations(range(size), n)]
    return _array(_array(f"items[{place}]" for place in places) for places in chosen)


def _array(parts: Iterable[str]) -> str:
    return f"array({', '.join(parts)})"
