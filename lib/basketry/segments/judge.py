"""How good groups of items are: against known groups, and in baskets of days they were not made from."""

from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.segments.agreement import adjusted_rand, contingency
from basketry.segments.arrays import Ints, Names


class Quality(NamedTuple):
    """A `metric` of `n` items or lines: its `value`, and the mean of the same groups with their items shuffled."""

    metric: str
    value: float
    shuffled: float
    n: int


def against_known(label: Ints, known: Names, n_shuffles: int, *, seed: int) -> list[Quality]:
    """purity: items that are of the kind most common in their group; adjusted_rand: pairs put together by both.

    `label` [N] from 0 and `known` [N], of items that are in a group and have a known kind.
    """
    if not len(label):
        return []
    kind = np.unique(known.astype(str), return_inverse=True)[1]
    shuffles = [np.random.default_rng([seed, n]).permutation(label) for n in range(n_shuffles)]
    found = []
    for metric, measure in (("purity", purity), ("adjusted_rand", adjusted_rand)):
        by_chance = float(np.mean([measure(each, kind) for each in shuffles]))
        found.append(Quality(metric, measure(label, kind), by_chance, len(label)))
    return found


def purity(label: Ints, kind: Ints) -> float:
    """Items that are of the kind most common in their group, over all items."""
    return float(contingency(label, kind).max(axis=1).sum() / len(label))


def in_baskets(later: DataFrame, items: Names, label: Ints, n_shuffles: int, *, seed: int) -> list[Quality]:
    """together: lines whose item's group was already in their basket, of all lines of items in a group.

    The items of a basket have no order, so of g lines of one group g - 1 count. Shuffled groups have the same sizes.
    """
    spark = later.sparkSession
    draws = [label, *(np.random.default_rng([seed, n]).permutation(label) for n in range(n_shuffles))]
    rows = [(item, [int(n) for n in each]) for item, each in zip(items, np.stack(draws, axis=1), strict=True)]
    groups = spark.createDataFrame(rows, "item_id string, groups array<int>")
    lines = later.select("basket_id", F.explode("items").alias("item_id"))
    known = lines.join(F.broadcast(groups), on="item_id", how="inner")
    of_basket = known.groupBy("basket_id").agg(
        F.count("*").alias("n"), *[F.count_distinct(F.col("groups")[at]).alias(f"g{at}") for at in range(len(draws))]
    )
    found = of_basket.agg(F.sum("n"), *[F.sum(F.col("n") - F.col(f"g{at}")) for at in range(len(draws))]).collect()[0]
    n = found[0] or 0
    return [Quality("together", found[1] / n, sum(found[2:]) / n_shuffles / n, n)] if n else []
