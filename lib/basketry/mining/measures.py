"""Measures of a rule as columns, from the four counts of its 2x2 table. Undefined is null, never NaN or 0.

Names and formulas after Hahsler's list of interest measures for association rules, Tan et al. 2004 and Geng & Hamilton
2006.
"""

from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F

Z_95 = 1.959963984540054


class Table2x2(NamedTuple):
    """Baskets with both sides, with the antecedent (left), with the consequent (right), and all of them."""

    both: Column
    left: Column
    right: Column
    baskets: Column


def support(n: Table2x2) -> Column:
    """both / baskets."""
    return n.both / n.baskets


def confidence(n: Table2x2) -> Column:
    """both / left: the share of the antecedent's baskets that hold the consequent."""
    return n.both / n.left


def confidence_low(n: Table2x2) -> Column:
    """Lower end of the 95 % interval of confidence (Wilson 1927)."""
    return F.greatest(_wilson_centre(n) - _wilson_half(n), F.lit(0.0))


def confidence_high(n: Table2x2) -> Column:
    """Upper end of the 95 % interval of confidence (Wilson 1927)."""
    return F.least(_wilson_centre(n) + _wilson_half(n), F.lit(1.0))


def lift(n: Table2x2) -> Column:
    """both * baskets / (left * right): 1 when the sides are independent."""
    return n.both / n.left * n.baskets / n.right


def leverage(n: Table2x2) -> Column:
    """both / baskets - left * right / baskets^2: 0 when the sides are independent (Piatetsky-Shapiro 1991)."""
    return n.both / n.baskets - (n.left / n.baskets) * (n.right / n.baskets)


def conviction(n: Table2x2) -> Column:
    """(1 - right / baskets) / (1 - confidence); null at confidence 1, where it is infinite (Brin et al. 1997)."""
    return F.try_divide((n.baskets - n.right) / n.baskets * n.left, n.left - n.both)


def cosine(n: Table2x2) -> Column:
    """both / sqrt(left * right)."""
    return n.both / (F.sqrt(n.left) * F.sqrt(n.right))


def jaccard(n: Table2x2) -> Column:
    """both / (baskets with either side)."""
    return n.both / (n.left + n.right - n.both)


def kulczynski(n: Table2x2) -> Column:
    """Mean of the confidences of both directions."""
    return (n.both / n.left + n.both / n.right) / 2


def imbalance(n: Table2x2) -> Column:
    """|left - right| / (baskets with either side): 0 when both sides are as frequent."""
    return F.abs(n.left - n.right) / (n.left + n.right - n.both)


def zhang(n: Table2x2) -> Column:
    """Leverage over the largest it could be on its side, -1 to 1 (Zhang 2000); null when the antecedent is in all."""
    together = n.both / n.baskets
    left, right = n.left / n.baskets, n.right / n.baskets
    largest = F.greatest(together * (1 - left), left * (right - together))
    return F.try_divide(together - left * right, largest)


def certainty(n: Table2x2) -> Column:
    """Share of the way from right / baskets to 1 (or to 0) that the antecedent moves confidence, -1 to 1.

    Null when the consequent is in every basket (Shortliffe & Buchanan 1975).
    """
    gain, share = n.both / n.left - n.right / n.baskets, n.right / n.baskets
    return F.when(gain >= 0, F.try_divide(gain, 1 - share)).otherwise(gain / share)


def odds_ratio(n: Table2x2) -> Column:
    """Odds of the consequent with the antecedent over those without; null (infinite) when a mixed cell is 0."""
    neither = n.baskets - n.left - n.right + n.both
    return F.try_divide(n.both.cast("double") * neither, (n.left - n.both).cast("double") * (n.right - n.both))


def _wilson_centre(n: Table2x2) -> Column:
    return (n.both + Z_95**2 / 2) / (n.left + Z_95**2)


def _wilson_half(n: Table2x2) -> Column:
    share = n.both / n.left
    return Z_95 * F.sqrt(n.left * share * (1 - share) + Z_95**2 / 4) / (n.left + Z_95**2)


RULE_MEASURES = (
    support,
    confidence,
    confidence_low,
    confidence_high,
    lift,
    leverage,
    conviction,
    cosine,
    jaccard,
    kulczynski,
    imbalance,
    zhang,
    certainty,
    odds_ratio,
)
