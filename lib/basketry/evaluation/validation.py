"""What settings of the recommender are chosen on, and how good each is there."""

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from basketry.errors import ContractError
from basketry.evaluation import ranking
from basketry.evaluation.asked import user_numbers
from basketry.evaluation.bootstrap import intervals
from basketry.evaluation.cases import cart_cases, explore_cases, next_period_cases, past, sampled, with_past
from basketry.evaluation.compare import Measured
from basketry.evaluation.ranking import Judged
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.splits import Parted

METRIC = "ndcg"


def validation_cases(bought: Parted, max_cases: int, *, seed: int) -> dict[str, DataFrame]:
    """The cases that each list is for, by its name: habit all a user buys, explore what of it is new to the user, cart
    a hidden item. At most max_cases each, persisted. Key: case_id. Raises ContractError when one has none.
    """
    users = sampled(next_period_cases(*bought.interactions), max_cases, seed=seed)
    told = with_past(users, past(bought.interactions.train)).persist()
    carts = cart_cases(bought.interactions.train, bought.baskets.holdout, seed=seed)
    found = {
        "habit": told.select("case_id", "user_id", "relevant"),
        "explore": explore_cases(told).select("case_id", "user_id", "relevant", "masked"),
        "cart": sampled(carts, max_cases, seed=seed).persist(),
    }
    empty = [name for name, cases in found.items() if cases.isEmpty()]
    if empty:
        raise ContractError(
            f"silver.baskets, silver.interactions: no case of {', '.join(empty)} in the validation "
            "days; choose a longer recommend.tune.validation_days"
        )
    return found


def measures(hits: pa.Table, settings: EvaluationSettings, *, seed: int) -> list[Measured]:
    """NDCG at the first of evaluation.ks of each list that `hits` is of, with its interval over users.

    `hits`: (case_id, user_id, n_relevant, hits), where hits has that many places of one list after the other.
    """
    k = settings.ks[0]
    shown = hits["hits"].combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(len(hits), -1, k)
    n_relevant = hits["n_relevant"].to_numpy()
    values = np.stack([ranking.ndcg(Judged(each, n_relevant), k) for each in np.moveaxis(shown, 1, 0)])
    ends = intervals(values, user_numbers(hits), settings.n_bootstrap, seed=seed)
    return [Measured(float(of_list.mean()), end, len(hits)) for of_list, end in zip(values, ends, strict=True)]
