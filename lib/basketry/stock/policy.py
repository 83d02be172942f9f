"""Levels of stock: newsvendor for what perishes, periodic review (R, s, S) for what keeps."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from basketry.stock.distribution import Array, Distribution
from basketry.stock.settings import StockSettings

DAYS_A_WEEK, WEEKS_A_YEAR, DAYS_A_YEAR = 7, 52, 365


class Levels(NamedTuple):
    """Arrays [units]: pieces to order up to, when to order (-1 never), pieces of safety, share of demand served, and
    whether max_weeks holds the stock below what the service asks for.
    """

    order_up_to: Array
    reorder_point: Array
    safety_stock: Array
    served: Array
    is_bounded: Array


def over(weekly: Array, weekly_sd: Array, days: Array, sd_days: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of demand over a time of `days` that itself varies by sd_days.

    weekly_sd holds what weeks have in common: variance = weekly_sd^2 weeks + (demand a day)^2 sd_days^2 (Silver, Pyke,
    Thomas 2017, section 6.10).
    """
    daily = weekly / DAYS_A_WEEK
    return daily * days, np.sqrt(weekly_sd**2 * days / DAYS_A_WEEK + daily**2 * sd_days**2)


def newsvendor(weekly: Array, weekly_sd: Array, terms: pd.DataFrame, ratio: Array, settings: StockSettings) -> Levels:
    """The level that demand of the shelf life stays below with the critical ratio as chance.

    Optimal for one period: P(D <= level) >= ratio (Arrow, Harris, Marschak 1951).
    """
    mean, sd = over(weekly, weekly_sd, terms["shelf_days"].to_numpy(), np.zeros(len(terms)))
    demand = Distribution(mean, sd, settings.normal_from)
    level = demand.quantile(ratio)
    return Levels(level, np.full(len(level), np.nan), level - mean, _served(demand, level, mean), level < 0)


def periodic(
    weekly: Array, weekly_sd: Array, terms: pd.DataFrame, service: Array, cost: Array, settings: StockSettings
) -> Levels:
    """The levels of (R, s, S) that serve the share `service` of demand from the shelf; `cost` of a piece, NaN unknown.

    The stock must last review + delivery. Shortage of a cycle <= (1 - service) / service x what a cycle sells, sales
    not served being lost (Silver, Pyke, Thomas 2017, chapter 6), where a cycle sells a review's demand, or the economic
    order quantity if that is more: sqrt(2 order_cost x demand a year / holding cost a year). Without an order cost
    every review orders. Below a service of .9 more is served than asked for: what a shortage leaves unsold before the
    delivery is not counted on. No more than max_weeks of demand, or a piece, is held against rare large demand.
    """
    review = terms["review_days"].to_numpy()
    mean, sd = over(weekly, weekly_sd, review + terms["lead_days"].to_numpy(), terms["lead_sd_days"].to_numpy())
    demand = Distribution(mean, sd, settings.normal_from)
    of_review = weekly * review / DAYS_A_WEEK
    yearly = np.nan_to_num(terms["holding"].to_numpy() * cost)
    with np.errstate(divide="ignore", invalid="ignore"):
        economic = np.sqrt(2 * terms["order_cost"].to_numpy() * weekly * WEEKS_A_YEAR / yearly)
    cycle = np.maximum(np.where(yearly > 0, economic, 0), of_review)
    asked = demand.cover((1 - service) / service * cycle)
    level = np.minimum(asked, np.where(weekly > 0, np.maximum(np.ceil(settings.max_weeks * weekly), 1), 0))
    up_to = level + np.ceil(cycle - of_review - 1e-9)
    short = demand.shortage(level)
    served = np.where(cycle > 0, cycle, 1) / (np.where(cycle > 0, cycle, 1) + short)
    return Levels(up_to, level - 1, level - mean, served, level < asked)


def ratio(missing: Array, left_over: Array) -> Array:
    """The critical ratio: what a missing piece loses / (that + what a piece left over loses)."""
    return np.asarray(missing / (missing + left_over))


def raised(service: Array, margin: Array, companion: Array) -> Array:
    """The service at which shortages lose no more money than `service` would without companions.

    1 - (1 - service) x margin / (margin + companion).
    """
    whole = np.where(margin > 0, margin + companion, 1)
    return 1 - (1 - service) * np.where(margin > 0, margin / whole, 1)


def _served(demand: Distribution, level: Array, mean: Array) -> Array:
    return np.where(mean > 0, 1 - np.minimum(demand.shortage(level) / np.where(mean > 0, mean, 1), 1), 1)
