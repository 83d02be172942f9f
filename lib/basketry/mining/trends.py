"""Rules by their late baskets: each week's baskets weigh half as much as those of a half-life later.

A rule's confidence has a trend when its baskets' weights go with whether they hold the consequent: Cochran and
Armitage's test (Armitage 1955) with the weights as scores, two-sided, by the normal distribution. Weights are whole
numbers of 2^-20, so that sums of them are exact, whatever the partitions.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema
from scipy.stats import norm

from basketry.mining.coding import Array
from basketry.mining.nulls import benjamini_hochberg
from basketry.mining.profiles import Profiles, profile
from basketry.mining.settings import MiningSettings
from basketry.tables.trends import FALLS, RISES, RULE_TRENDS

ONE = 2**20
# More weeks than settings and calendars know.
MANY = 10_000
# Weights that are all alike differ by so much a basket for rounding.
ROUNDING = 2 / ONE
SCHEMA = T.StructType(RULE_TRENDS.schema.fields[2:])


class Weighed(NamedTuple):
    """Of N itemsets: baskets `n` [N], sums of their weights `w` [N] and of the squares of these `ww` [N], in ONE, and
    of the weights by stratum [N, S]; the last row is of all baskets.
    """

    n: Array
    w: Array
    ww: Array
    by_stratum: Array


def find_trends(rules: DataFrame, mined: DataFrame, settings: MiningSettings) -> DataFrame:
    """gold.rule_trends of one level and segment, without these; key antecedent, consequent. Empty without a half-life.

    On the driver: 8 bytes an itemset of the rules, stratum and week.
    """
    session = mined.sparkSession
    if settings.half_life_weeks is None:
        return session.createDataFrame([], SCHEMA)
    sides = rules.select("antecedent", "consequent").orderBy("antecedent", "consequent").toArrow()
    keys = [(tuple(a), tuple(c)) for a, c in zip(*(sides[s].to_pylist() for s in sides.column_names), strict=True)]
    if not keys:
        return session.createDataFrame([], SCHEMA)
    needed = sorted({each for a, c in keys for each in (a, c, tuple(sorted(a + c)))})
    weighed = weigh_weeks(profile(_by_week(mined), needed), settings.half_life_weeks)
    place = {items: at for at, items in enumerate(needed)}
    left, right, both = np.array([(place[a], place[c], place[tuple(sorted(a + c))]) for a, c in keys]).T
    found = trends(weighed, left, right, both, settings.max_q)
    columns = {"half_life_weeks": np.full(len(keys), settings.half_life_weeks), **found}
    types = to_arrow_schema(SCHEMA)
    for name, values in columns.items():
        sides = sides.append_column(name, pa.array(values, types.field(name).type, from_pandas=True))
    return session.createDataFrame(sides).select(*SCHEMA.names)


def weigh_weeks(found: Profiles, half_life: float) -> Weighed:
    """Of counts by stratum * MANY + weeks of age."""
    n = np.vstack([found.n, found.baskets])
    weight = np.round(ONE * 2.0 ** (-(found.strata % MANY) / half_life))
    starts = np.flatnonzero(np.diff(found.strata // MANY, prepend=-1))
    return Weighed(
        n.sum(axis=1), n @ weight, n @ np.round(weight**2 / ONE), np.add.reduceat(n * weight, starts, axis=1)
    )


def trends(weighed: Weighed, left: Array, right: Array, both: Array, max_q: float) -> dict[str, Array]:
    """The columns of the rules [R] whose itemsets are these rows; NaN where undefined."""
    n, w, ww, by_stratum = weighed
    whole, recent = n[both] / n[left], _ratio(w[both], w[left])
    expected = _ratio(by_stratum[left] * by_stratum[right], np.broadcast_to(by_stratum[-1], by_stratum[left].shape))
    apart = ww[left] / ONE - (w[left] / ONE) ** 2 / n[left]
    spread = np.where(apart > ROUNDING * n[left], apart, 0.0) * whole * (1 - whole)
    off = (w[both] - whole * w[left]) / ONE
    z = np.divide(off, np.sqrt(spread), out=np.zeros_like(off), where=spread > 0)
    p = 2 * norm.sf(np.abs(z))
    q = benjamini_hochberg(p, float(len(p))).of(p)
    trend = np.where(off > 0, RISES, FALLS).astype(object)
    trend[q > max_q] = None
    return {
        "recent_confidence": recent,
        "recent_adjusted_lift": _ratio(w[both], np.nansum(expected, axis=1)),
        "ratio": recent / whole,
        "recent_n": np.nan_to_num(_ratio((w[left] / ONE) ** 2, ww[left] / ONE)).astype(np.int64),
        "p": p,
        "q": q,
        "trend": trend,
    }


def _by_week(mined: DataFrame) -> DataFrame:
    """With stratum * MANY + whole weeks before the last day as the stratum."""
    last = mined.agg(F.max("sold_on")).collect()[0][0]
    age = F.floor(F.datediff(F.lit(last), "sold_on") / 7)
    return mined.withColumn("stratum", (F.col("stratum") * MANY + age).cast("int"))


def _ratio(one: Array, other: Array) -> Array:
    """NaN over nothing."""
    return np.asarray(np.divide(one, other, out=np.full(np.shape(one), np.nan), where=other > 0))
