"""Thresholds as whole numbers: a share divided in floats loses what sits exactly on the line."""

from fractions import Fraction
from math import ceil

from pyspark.sql import Column
from pyspark.sql import functions as F

from basketry.mining.settings import MiningSettings


def smallest_count(settings: MiningSettings, n_baskets: int) -> int:
    """The baskets an itemset needs among `n_baskets`: `min_count` where it is set, else what `min_support` comes to."""
    return settings.min_count or count_at_support(settings.min_support, n_baskets)


def count_at_support(support: float, n_baskets: int) -> int:
    """The smallest number of baskets whose share of `n_baskets` is at least `support`; never 0."""
    return max(1, ceil(written(support) * n_baskets))


def at_least_share(part: Column, whole: Column, share: float) -> Column:
    """Whether part / whole >= share, compared without dividing."""
    wanted = written(share)
    return part * F.lit(wanted.denominator) >= whole * F.lit(wanted.numerator)


def written(share: float) -> Fraction:
    """The decimal a person wrote: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(share))
