"""Rules with all that speaks for and against them: gold.rules of one level."""

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from basketry.mining.coding import Array
from basketry.mining.evidence import check, sides_of, weigh
from basketry.mining.itemsets import Itemsets
from basketry.mining.profiles import profile
from basketry.mining.rules import rules_from_itemsets, with_measures
from basketry.mining.settings import MiningSettings


def weigh_rules(found: Itemsets, mined: DataFrame, holdout: DataFrame | None, settings: MiningSettings) -> DataFrame:
    """gold.rules of baskets at a level; key antecedent, consequent.

    On the driver: the rules, and what of the itemsets they and their parents need.
    """
    rules = rules_from_itemsets(found.itemsets, settings).toArrow()
    keys = [
        (tuple(a), tuple(c)) for a, c in zip(*(rules[s].to_pylist() for s in ("antecedent", "consequent")), strict=True)
    ]
    needed = _needed(keys)
    sides = sides_of(keys, {items: i for i, items in enumerate(needed)})
    lengths = np.array([(len(left), len(right)) for left, right in keys], np.int64).reshape(len(keys), 2)
    n_items = found.itemsets.where(F.col("size") == 1).count()
    columns = weigh(sides, lengths, profile(mined, needed), n_items, settings)
    later = check(sides, profile(holdout, needed)) if holdout is not None else {}
    session = mined.sparkSession
    return with_measures(session.createDataFrame(_appended(rules, columns | later)), found.n_baskets, *_evidence(later))


def _needed(rules: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """The itemsets whose strata the rules and their parents are judged by, sorted."""
    wanted: set[tuple[str, ...]] = set()
    for left, right in rules:
        rests = [left, *(left[:j] + left[j + 1 :] for j in range(len(left)))]
        wanted |= {right, *rests, *(tuple(sorted(rest + right)) for rest in rests)}
    return sorted(wanted - {()})


def _appended(rules: pa.Table, columns: dict[str, Array]) -> pa.Table:
    for name, values in columns.items():
        rules = rules.append_column(name, pa.array(values, from_pandas=True))
    return rules


def _evidence(later: dict[str, Array]) -> list[Column]:
    """The columns after the measures, in the order of gold.rules; those of the holdout are null without one."""
    known = {name: F.col(name) for name in later}
    nothing = F.lit(None).cast("double")
    freq, left = known.get("holdout_freq", nothing), known.get("holdout_left", nothing)
    return [
        F.try_divide(F.col("freq"), F.col("expected")).alias("adjusted_lift"),
        *map(F.col, ("hyper_lift", "expected", "p", "q", "improvement")),
        *map(F.col, ("is_redundant", "is_productive", "is_significant")),
        freq.cast("bigint").alias("holdout_freq"),
        left.cast("bigint").alias("holdout_antecedent_freq"),
        F.try_divide(freq, left).alias("holdout_confidence"),
        F.try_divide(freq, known.get("holdout_expected", nothing)).alias("holdout_adjusted_lift"),
        (known.get("replicated", nothing) == 1).alias("replicated"),
        F.col("n_users").cast("bigint").alias("n_users"),
        (F.col("n_top_user") / F.col("freq")).alias("top_user_share"),
    ]
