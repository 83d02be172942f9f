"""A release of counts: planned against the ledger, then drawn."""

from datetime import datetime
from typing import NamedTuple

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from basketry.privacy.accounting import Part, Plan, plan_of
from basketry.privacy.bounds import Counts
from basketry.privacy.ledger import Read, Spent, entry, refuse_overspending, spent_of
from basketry.privacy.noise import noisy, open_dp
from basketry.privacy.settings import PrivacySettings
from basketry.tables import PRIVACY_LEDGER, RELEASED_ITEMS, RELEASED_PAIRS, Table


class Planned(NamedTuple):
    """A release that keeps to the budget; `after` is what is then spent, and its releases the number of this one."""

    plan: Plan
    after: Spent
    settings: PrivacySettings

    def figures(self) -> dict[str, float]:
        """What it costs, for the log: nothing of what is counted."""
        spent, most = self.after.epsilon(self.settings.budget_delta), self.settings.budget_epsilon
        noise = {"sigma_items": round(self.plan.items.sigma, 1), "sigma_pairs": round(self.plan.pairs.sigma, 1)}
        return {"release": self.after.releases, "spent_epsilon": round(spent, 4), "budget_epsilon": most, **noise}

    def row(self, spark: SparkSession, read: Read, run_id: str, at: datetime) -> DataFrame:
        """The row of ops.privacy_ledger."""
        told = entry(self.after, self.plan, self.settings, read, run_id, at)
        return spark.createDataFrame([tuple(told[c] for c in PRIVACY_LEDGER.column_names)], PRIVACY_LEDGER.schema)


class Released(NamedTuple):
    """gold.released_items and gold.released_pairs of the level."""

    items: DataFrame
    pairs: DataFrame


def plan_release(ledger: DataFrame, settings: PrivacySettings) -> Planned:
    """Raises SettingsError without OpenDP, GateError when the budget has no room for it."""
    open_dp()
    plan = plan_of(settings)
    return Planned(plan, refuse_overspending(spent_of(ledger), plan, settings), settings)


def draw(spark: SparkSession, counts: Counts, planned: Planned) -> Released:
    """The noisy counts, drawn here and now and once: the frames hold them as values. The ledger must have the row."""
    plan = planned.plan
    return Released(
        _rows(spark, counts.items, plan.items, planned, RELEASED_ITEMS),
        _rows(spark, counts.pairs, plan.pairs, planned, RELEASED_PAIRS),
    )


def _rows(spark: SparkSession, counts: pd.DataFrame, part: Part, planned: Planned, table: Table) -> DataFrame:
    drawn = noisy(counts["n"].tolist(), part)
    shown = counts.iloc[list(drawn)].assign(
        n_users=list(drawn.values()), level=planned.settings.level, sigma=part.sigma, release=planned.after.releases
    )
    return spark.createDataFrame(list(shown[table.column_names].itertuples(index=False, name=None)), table.schema)
