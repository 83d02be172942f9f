"""Every model's metrics on the same cases, beside the baseline's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from basketry.errors import ContractError
from basketry.evaluation import ranking
from basketry.evaluation.bootstrap import Interval, intervals
from basketry.evaluation.ranking import Judged
from basketry.evaluation.settings import EvaluationSettings
from basketry.tables import METRICS

BASELINE = "popularity"
ALL_CASES = "all"


class Measured(NamedTuple):
    """One metric of one model: its mean over cases and the interval of it."""

    value: float
    interval: Interval


def compare(
    task: str, cases: DataFrame, lists: DataFrame, models: Sequence[str], settings: EvaluationSettings, *, seed: int
) -> DataFrame:
    """Rows of gold.metrics for one task: `lists` (model, case_id, position, item_id) against the cases' relevant items.

    `models` names every model judged, the baseline popularity among them; one without a list for a case scores 0.
    The driver holds a row a case and a row a hit: at most max_cases * (1 + models * K).
    Raises ContractError without cases.
    """
    asked = cases.select("case_id", "user_id", F.size("relevant").alias("n_relevant")).toPandas()
    if asked.empty:
        raise ContractError(f"evaluate: no {task} case in the holdout; choose a longer evaluation.holdout_days")
    asked = asked.sort_values("case_id").reset_index(drop=True)
    truth = cases.select("case_id", F.explode("relevant").alias("item_id"))
    hits = lists.join(truth, on=["case_id", "item_id"], how="left_semi").select("model", "case_id", "position")
    found = hits.toPandas()
    judged = {model: _judged(asked, found[found["model"] == model], max(settings.ks)) for model in models}
    rows = list(_rows(task, judged, _users(asked), settings, seed))
    return cases.sparkSession.createDataFrame(rows, METRICS.schema)


def _judged(asked: pd.DataFrame, hits: pd.DataFrame, places: int) -> Judged:
    shown = hits[hits["position"] <= places]
    flags = np.zeros((len(asked), places), dtype=np.bool_)
    flags[pd.Index(asked["case_id"]).get_indexer(shown["case_id"]), shown["position"].to_numpy() - 1] = True
    return Judged(flags, asked["n_relevant"].to_numpy())


def _users(asked: pd.DataFrame) -> Any:
    """A number a user; a case without a user stands for itself."""
    return pd.factorize(asked["user_id"].fillna(asked["case_id"]))[0]


def _rows(
    task: str, judged: Mapping[str, Judged], users: Any, settings: EvaluationSettings, seed: int
) -> Iterator[tuple[Any, ...]]:
    found = _measured(judged, users, settings, seed)
    for (name, k, model), (value, ends) in found.items():
        baseline = found[name, k, BASELINE].value
        yield task, model, ALL_CASES, name, k, value, ends.low, ends.high, len(users), baseline, value - baseline


def _measured(
    judged: Mapping[str, Judged], users: Any, settings: EvaluationSettings, seed: int
) -> dict[tuple[str, int, str], Measured]:
    """By metric, k and model."""
    each = {
        (name, k, model): metric(shown, k)
        for name, metric in ranking.METRICS.items()
        for k in settings.ks
        for model, shown in judged.items()
    }
    ends = intervals(np.stack(list(each.values())), users, settings.n_bootstrap, seed=seed)
    return {key: Measured(float(values.mean()), end) for (key, values), end in zip(each.items(), ends, strict=True)}
