"""The sentence that explains a row of the stock plan."""

import math
from typing import Any

import pandas as pd


def why(row: Any, terms: Any, companion: str | None, n_companions: int) -> str:
    """As `Sells 42 a week (give or take 9); delivered in 3 days, looked at every 7; 95 % of demand from the shelf asks
    for 31 in stock, 12 of them safety`."""
    if row.weekly_demand == 0:
        return "No demand is expected: nothing to hold"
    parts = [f"Sells {pieces(row.weekly_demand)} a week (give or take {pieces(row.weekly_sd)})"]
    parts += _newsvendor(row, terms) if row.policy == "newsvendor" else _periodic(row, terms)
    if companion is not None and row.companion_margin > 0:
        others = f" and {n_companions - 1} more" if n_companions > 1 else ""
        parts.append(f"without it {companion}{others} sell less too: {row.companion_margin:.2f} a piece")
    if pd.isna(row.price):
        parts.append("its price is not known: companions and the cost of an order do not count")
    return "; ".join(parts)


def _newsvendor(row: Any, terms: Any) -> list[str]:
    money = ""
    if not pd.isna(row.price):
        lost = row.unit_margin + row.companion_margin
        wasted = row.price * (1 - terms.margin - terms.salvage)
        money = f"a piece too few loses {lost:.2f}, one too many {wasted:.2f}: "
    share = f"enough in {row.critical_ratio:.0%} of the times pays best"
    return [f"keeps {terms.shelf_days:g} days", f"{money}{share}, that is {row.order_up_to:,} in stock"]


def _periodic(row: Any, terms: Any) -> list[str]:
    times = f"delivered in {terms.lead_days:g} days, looked at every {terms.review_days:g}"
    asked = f"{_percent(row.service)} of demand from the shelf asks for {row.order_up_to:,} in stock"
    safety = max(0, round(row.safety_stock))
    return [times, asked + (f", {safety:,} of them safety" if safety else "")]


def pieces(number: float) -> str:
    """42, 4.2 or 0.42: two digits that mean something."""
    if number >= 10:
        return f"{number:,.0f}"
    return f"{number:.2g}"


def _percent(share: float) -> str:
    """95 %, and 96.1 % where it is no whole number."""
    percent = math.floor(share * 1000 + 0.5) / 10
    return f"{percent:g} %"
