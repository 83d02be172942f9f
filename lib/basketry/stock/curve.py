"""What more service costs: the plan at one target after another, in stock held and margin lost."""

import numpy as np
import pandas as pd

from basketry.stock.plan import Known, levels_of
from basketry.stock.policy import DAYS_A_WEEK, WEEKS_A_YEAR
from basketry.stock.settings import StockSettings


def curve_of(known: Known, plan: pd.DataFrame, settings: StockSettings) -> pd.DataFrame:
    """Rows of gold.stock_curve: every service of stock.curve asked of all that keeps, and the plan as it is.

    `plan` is what levels_of gives for `known`. Empty when nothing keeps.
    """
    if not (plan["policy"] == "periodic").any():
        return pd.DataFrame()
    rows = [_point(known, plan, is_plan=True)]
    for service in settings.curve:
        asked = known._replace(terms=known.terms.assign(service=service))
        rows.append(_point(known, levels_of(asked, settings), is_plan=False) | {"service": service})
    return pd.DataFrame(rows)


def _point(known: Known, plan: pd.DataFrame, *, is_plan: bool) -> dict[str, object]:
    """Sums over what keeps. On average a shelf holds the safety stock and half of what a review sells."""
    keeps = (plan["policy"] == "periodic").to_numpy()
    plan, terms = plan[keeps], known.terms[keeps]
    weekly = plan["weekly_demand"].to_numpy()
    margin = plan["unit_margin"].fillna(0).to_numpy()
    cost = plan["price"].fillna(0).to_numpy() - margin
    of_review = weekly * terms["review_days"].to_numpy() / DAYS_A_WEEK
    held = np.maximum(plan["safety_stock"].to_numpy(), 0) + of_review / 2
    missing = weekly * (1 - plan["expected_service"].to_numpy())
    return {
        "is_plan": is_plan,
        "service": _mean(terms["service"].to_numpy(), weekly),
        "expected_service": _mean(plan["expected_service"].to_numpy(), weekly),
        "order_up_to": int(plan["order_up_to"].sum()),
        "stock_value": float((held * cost).sum()),
        "holding_weekly": float((held * cost * terms["holding"].to_numpy()).sum() / WEEKS_A_YEAR),
        "lost_weekly": float((missing * (margin + plan["companion_margin"].to_numpy())).sum()),
    }


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    """Weighted; the plain mean when nothing weighs."""
    return float(np.average(values, weights=weight if weight.sum() > 0 else None))
