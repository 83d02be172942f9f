"""Whether a rule is as sure in one segment of users as in another.

Users, not baskets, are the draws: the baskets of one user are alike, and a test that takes each for a draw of its own
(chi-square on baskets, Cochran-Mantel-Haenszel) finds differences where there are none. The test is the score test of
one confidence for all, its variance from how users differ (Rao & Scott 1987 for ratios; sandwich of White 1980).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy.special import chdtrc

from basketry.segments.arrays import Floats, Ints
from basketry.segments.levels import baskets_at
from basketry.tables.mining import WHOLE


class Counts(NamedTuple):
    """Of R rules and K segments, [R, K] each: baskets with the antecedent `n`, with both sides `freq`, and the sums
    over users of the square of their own n, of n freq, and of the square of their freq; and the `users` with the
    antecedent, and with both sides.
    """

    n: Ints
    freq: Ints
    nn: Ints
    nf: Ints
    ff: Ints
    users: Ints
    both_users: Ints


def strongest(rules: DataFrame, level: str, n: int) -> pd.DataFrame:
    """antecedent and consequent of the rules of one item a side with most leverage over all baskets, ties by name."""
    whole = rules.where((F.col("segment") == WHOLE) & (F.col("level") == level))
    single = whole.where((F.size("antecedent") == 1) & (F.size("consequent") == 1))
    sides = F.col("antecedent")[0].alias("antecedent"), F.col("consequent")[0].alias("consequent")
    best = single.select(*sides, "leverage").orderBy(F.desc("leverage"), "antecedent", "consequent").limit(n)
    return best.select("antecedent", "consequent").toPandas()


def count_rules(
    baskets: DataFrame, items: DataFrame, labelled: DataFrame, rules: pd.DataFrame, level: str, n_labels: int
) -> Counts:
    """`labelled` has user_id and label; `rules` are a few hundred, which each task holds."""
    spark = baskets.sparkSession
    asked = spark.createDataFrame(rules.assign(rule=np.arange(len(rules))))
    held = baskets_at(baskets, items, level).where(F.col("user_id").isNotNull())
    met = held.withColumn("antecedent", F.explode("items")).join(F.broadcast(asked), on="antecedent", how="inner")
    both = F.array_contains("items", F.col("consequent")).cast("long")
    of_user = met.groupBy("user_id", "rule").agg(F.count("*").alias("n"), F.sum(both).alias("f"))
    sums = {"n": F.col("n"), "freq": F.col("f"), "nn": F.col("n") ** 2, "nf": F.col("n") * F.col("f")}
    sums |= {"ff": F.col("f") ** 2, "users": F.lit(1), "both_users": F.col("f") > 0}
    found = of_user.join(labelled, on="user_id", how="inner").groupBy("rule", "label")
    rows = found.agg(*[F.sum(value.cast("long")).alias(name) for name, value in sums.items()]).toPandas()
    at = rows["rule"].to_numpy(np.int64), rows["label"].to_numpy(np.int64)
    counts = [np.zeros((len(rules), n_labels), np.int64) for _ in sums]
    for table, name in zip(counts, sums, strict=True):
        table[at] = rows[name]
    return Counts(*counts)


def homogeneity(counts: Counts) -> Floats:
    """[R]: p of one confidence for all segments; 1 where fewer than two have the antecedent.

    U_s = freq_s - c n_s, with c = freq / n of all; cov(U) allows for c being estimated; U' cov^-1 U is chi-square with
    segments - 1 degrees of freedom.
    """
    n, freq = counts.n.astype(float), counts.freq.astype(float)
    c = freq.sum(1, keepdims=True) / np.maximum(n.sum(1, keepdims=True), 1)
    off = freq - c * n
    spread = np.maximum(counts.ff - 2 * c * counts.nf + c**2 * counts.nn, 0.0)
    share = n / np.maximum(n.sum(1, keepdims=True), 1)
    return np.array([_p(*row) for row in zip(off, spread, share, strict=True)])


def _p(off: Floats, spread: Floats, share: Floats) -> float:
    there = share > 0
    if there.sum() < 2 or not spread.sum() > 0:
        return 1.0
    off, spread, share = off[there], spread[there], share[there]
    crossed = np.outer(share, spread)
    covariance = np.diag(spread) - crossed - crossed.T + np.outer(share, share) * spread.sum()
    # One segment's U follows from the others': any one may be left out.
    found = off[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ off[:-1]
    return float(chdtrc(len(off) - 1, max(found, 0.0)))
