"""ops.privacy_ledger: what releases have cost, and whether one more fits what they may cost together.

A row is written before any noise is drawn, so that a run that dies may waste a part of the budget but never exceed it.
A number is given once (Store.insert), and each row was held against all rows of smaller numbers: so the rows keep to
the budget whoever writes at the same time.
"""

import secrets
from datetime import date, datetime
from typing import Any, NamedTuple

from pyspark.sql import DataFrame

from basketry.errors import GateError
from basketry.privacy.accounting import Plan, epsilon_of, plan_of
from basketry.privacy.settings import PrivacySettings

MOST_LEFT = 1000


class Spent(NamedTuple):
    """Sums over the releases: rho and delta_keys add up."""

    releases: int
    rho: float
    delta_keys: float

    def with_one_more(self, plan: Plan) -> "Spent":
        return Spent(self.releases + 1, self.rho + plan.rho, self.delta_keys + plan.delta_keys)

    def epsilon(self, delta: float) -> float:
        """The loss of all together at delta; 0 before the first release."""
        return epsilon_of(self.rho, delta - self.delta_keys) if self.releases else 0.0


class Read(NamedTuple):
    """What a release counts: Delta versions of silver.baskets and silver.items, and the days."""

    baskets_version: int
    items_version: int
    from_on: date | None
    to_on: date | None


def spent_of(ledger: DataFrame) -> Spent:
    """Of rows of ops.privacy_ledger, added in the order of their numbers."""
    rows = ledger.select("number", "rho", "delta_keys").orderBy("number").collect()
    return Spent(len(rows), sum(row["rho"] for row in rows), sum(row["delta_keys"] for row in rows))


def fits(spent: Spent, settings: PrivacySettings) -> bool:
    """Whether these releases keep to the budget of the settings."""
    return spent.epsilon(settings.budget_delta) <= settings.budget_epsilon


def releases_left(spent: Spent, settings: PrivacySettings) -> int:
    """How many more releases like that of the settings the budget has room for; MOST_LEFT stands for any more."""
    plan, n = plan_of(settings), 0
    while n < MOST_LEFT and fits(spent := spent.with_one_more(plan), settings):
        n += 1
    return n


def refuse_overspending(spent: Spent, plan: Plan, settings: PrivacySettings) -> Spent:
    """What is spent after a release of the plan. Raises GateError when that is more than the budget."""
    after = spent.with_one_more(plan)
    if not fits(after, settings):
        raise GateError(f"nothing was released: {_too_much(spent, after, settings)}")
    return after


def entry(after: Spent, plan: Plan, settings: PrivacySettings, read: Read, run_id: str, at: datetime) -> dict[str, Any]:
    """The row of the release that is the last of `after`."""
    return {
        "number": after.releases,
        "release_id": secrets.token_hex(16),
        "run_id": run_id,
        "released_at": at,
        "level": settings.level,
        "epsilon": settings.epsilon,
        "delta": settings.delta,
        "rho": plan.rho,
        "delta_keys": plan.delta_keys,
        "max_items": plan.items.bound,
        "max_pairs": plan.pairs.bound,
        "sigma_items": plan.items.sigma,
        "sigma_pairs": plan.pairs.sigma,
        "threshold_items": plan.items.threshold,
        "threshold_pairs": plan.pairs.threshold,
        "spent_epsilon": after.epsilon(settings.budget_delta),
        "budget_epsilon": settings.budget_epsilon,
        "budget_delta": settings.budget_delta,
        **read._asdict(),
    }


def _too_much(spent: Spent, after: Spent, settings: PrivacySettings) -> str:
    delta = settings.budget_delta
    if after.delta_keys >= delta:
        return (
            f"the {after.releases} releases with this one take {after.delta_keys:.3g} of delta for keys alone, and "
            f"privacy.budget_delta is {delta:.3g}; release with a smaller privacy.delta"
        )
    return (
        f"{spent.releases} releases have spent epsilon {spent.epsilon(delta):.4g} at delta {delta:.3g}, with this one "
        f"it were {after.epsilon(delta):.4g}, and privacy.budget_epsilon is {settings.budget_epsilon:.4g}. What is "
        "spent stays spent: release with a smaller privacy.epsilon, or let who answers for the users raise the budget"
    )
