"""Rules that came, went or moved since the rules of before."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from basketry.tables import RULE_CHANGES, RULES

# Beyond these places a rule that moves is no news.
TOP = 100
OF_BOTH = ("rank", "freq", "confidence", "adjusted_lift", "q")


def changed_rules(before: DataFrame, now: DataFrame) -> DataFrame:
    """gold.rule_changes from gold.rules before and now: none where there were none before.

    A rule has a rank when it is significant: by leverage, among those of its level and segment, ties by its items. It
    is new with a rank it had not, dead without the one it had, and moved where the rank is another and either is
    within TOP.
    """
    then, since = _ranked(before, "_before"), _ranked(now, "")
    both = since.join(then, on=list(RULES.key), how="full")
    found = both.withColumn("change", _change()).where(F.col("change").isNotNull())
    return found.where(F.lit(not before.isEmpty())).select(*RULE_CHANGES.column_names)


def _ranked(rules: DataFrame, suffix: str) -> DataFrame:
    """What gold.rule_changes has of each rule; only the key has no suffix."""
    order = Window.partitionBy("level", "segment").orderBy(F.desc("leverage"), "antecedent", "consequent")
    significant = rules.where("is_significant").withColumn("rank", F.row_number().over(order).cast("bigint"))
    others = rules.where("NOT is_significant").withColumn("rank", F.lit(None).cast("bigint"))
    ranked = significant.unionByName(others)
    return ranked.select(*RULES.key, *(F.col(name).alias(f"{name}{suffix}") for name in OF_BOTH))


def _change() -> Column:
    now, before = F.col("rank"), F.col("rank_before")
    moved = (now != before) & (F.least(now, before) <= TOP)
    return (
        F.when(now.isNotNull() & before.isNull(), "new")
        .when(now.isNull() & before.isNotNull(), "dead")
        .when(moved, "moved")
    )
