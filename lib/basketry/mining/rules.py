"""Association rules made from itemsets by joins; the itemsets' own counts are exact, so every measure is."""

from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.mining import measures
from basketry.mining.itemsets import mine_itemsets
from basketry.mining.settings import MiningSettings
from basketry.mining.thresholds import at_least_share


class Mined(NamedTuple):
    """gold.itemsets and gold.rules of the same baskets."""

    itemsets: DataFrame
    rules: DataFrame


def mine_rules(baskets: DataFrame, settings: MiningSettings) -> Mined:
    """Itemsets and rules of `baskets` (a column `items` of distinct items)."""
    itemsets, n_baskets = mine_itemsets(baskets, settings)
    return Mined(itemsets, rules_from_itemsets(itemsets, n_baskets, settings.min_confidence))


def rules_from_itemsets(itemsets: DataFrame, n_baskets: int, min_confidence: float) -> DataFrame:
    """Rules with one consequent and at least `min_confidence`; key antecedent, consequent.

    `itemsets` must hold every subset of each of its itemsets, as every miner's result does.
    """
    sides = itemsets.select("items", "freq")
    whole = sides.where(F.size("items") > 1).select("*", F.explode("items").alias("item"))
    split = whole.select(
        "freq", F.array_remove("items", F.col("item")).alias("antecedent"), F.array("item").alias("consequent")
    )
    # Each itemset is there once, so both joins find exactly one row.
    counted = split.join(sides.toDF("antecedent", "n_left"), on="antecedent", how="inner").join(
        sides.toDF("consequent", "n_right"), on="consequent", how="inner"
    )
    kept = counted.where(at_least_share(F.col("freq"), F.col("n_left"), min_confidence))
    return _measured(kept, measures.Counts(F.col("freq"), F.col("n_left"), F.col("n_right"), F.lit(n_baskets)))


def single_item_rules(rules: DataFrame) -> DataFrame:
    """The rules from one item to one item, as item_id -> other_item_id beside their measures."""
    return rules.where((F.size("antecedent") == 1) & (F.size("consequent") == 1)).select(
        F.col("antecedent")[0].alias("item_id"),
        F.col("consequent")[0].alias("other_item_id"),
        *[c for c in rules.columns if c not in ("antecedent", "consequent")],
    )


def _measured(rules: DataFrame, counts: measures.Counts) -> DataFrame:
    return rules.select(
        "antecedent",
        "consequent",
        "freq",
        measures.support(counts).alias("support"),
        measures.confidence(counts).alias("confidence"),
        measures.lift(counts).alias("lift"),
        measures.leverage(counts).alias("leverage"),
        measures.conviction(counts).alias("conviction"),
    )
