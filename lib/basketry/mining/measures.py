"""Measures of a rule as columns, from the four counts of its 2x2 table. Undefined is null, never NaN or 0."""

from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F


class Counts(NamedTuple):
    """Baskets with both sides, with the antecedent (left), with the consequent (right), and all of them."""

    both: Column
    left: Column
    right: Column
    baskets: Column


def support(n: Counts) -> Column:
    """both / baskets."""
    return n.both / n.baskets


def confidence(n: Counts) -> Column:
    """both / left: the share of the antecedent's baskets that hold the consequent."""
    return n.both / n.left


def lift(n: Counts) -> Column:
    """both * baskets / (left * right): 1 when the sides are independent."""
    return n.both / n.left * n.baskets / n.right


def leverage(n: Counts) -> Column:
    """both / baskets - left * right / baskets^2: 0 when the sides are independent (Piatetsky-Shapiro 1991)."""
    return n.both / n.baskets - (n.left / n.baskets) * (n.right / n.baskets)


def conviction(n: Counts) -> Column:
    """(1 - right / baskets) / (1 - confidence); null at confidence 1, where it is infinite (Brin et al. 1997)."""
    return F.try_divide((n.baskets - n.right) / n.baskets * n.left, n.left - n.both)
