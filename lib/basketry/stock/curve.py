"""What more service costs: the plan at one target after another, in stock held and margin lost."""

import numpy as np
import pandas as pd

from basketry.stock.plan import Known
from basketry.stock.policy import DAYS_A_WEEK, WEEKS_A_YEAR, periodic, raised
from basketry.stock.settings import StockSettings


def curve_of(known: Known, plan: pd.DataFrame, settings: StockSettings) -> pd.DataFrame:
    """Rows of gold.stock_curve: every service of stock.curve asked of all that keeps, and the plan as it is.

    `plan` is what levels_of gives for `known`. Empty when nothing keeps.
    """
    keeps = (plan["policy"] == "periodic").to_numpy()
    if not keeps.any():
        return pd.DataFrame()
    plan, terms = plan[keeps], known.terms[keeps]
    rows = [_point(plan, terms) | {"is_plan": True}]
    for service in settings.curve:
        asked = terms.assign(service=service)
        rows.append(_point(_at(plan, asked, settings), asked) | {"is_plan": False, "service": service})
    return pd.DataFrame(rows)


def _at(plan: pd.DataFrame, terms: pd.DataFrame, settings: StockSettings) -> pd.DataFrame:
    """The plan with the levels that the service of `terms` asks for."""
    weekly, weekly_sd, margin, added = (
        plan[name].to_numpy() for name in ("weekly_demand", "weekly_sd", "unit_margin", "companion_margin")
    )
    service = raised(terms["service"].to_numpy(), np.nan_to_num(margin), added)
    found = periodic(weekly, weekly_sd, terms, service, plan["price"].to_numpy() - margin, settings)
    return plan.assign(
        order_up_to=found.order_up_to, safety_stock=found.safety_stock, expected_service=np.clip(found.served, 0, 1)
    )


def _point(plan: pd.DataFrame, terms: pd.DataFrame) -> dict[str, object]:
    """Sums over the items. On average a shelf holds the safety stock and half of what a review sells."""
    weekly = plan["weekly_demand"].to_numpy()
    margin = plan["unit_margin"].fillna(0).to_numpy()
    cost = plan["price"].fillna(0).to_numpy() - margin
    of_review = weekly * terms["review_days"].to_numpy() / DAYS_A_WEEK
    held = np.maximum(plan["safety_stock"].to_numpy(), 0) + of_review / 2
    missing = weekly * (1 - plan["expected_service"].to_numpy())
    return {
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
