"""Many weights ranked from the same parts find what each blend finds alone."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from basketry.evaluation.ranking import Judged, ndcg
from basketry.evaluation.settings import EvaluationSettings
from basketry.evaluation.validation import measures
from basketry.recommend.blend import Blend
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import rank_block
from basketry.recommend.scorers import ByFactors, PersonalFrequency, PerVisit
from basketry.recommend.trials import HITS, hits_of_block, weighed, weights_of

N_CASES, N_ITEMS, K = 30, 40, 5
RANDOM = np.random.default_rng(5)
ITEMS = np.array([f"i{n:02d}" for n in range(N_ITEMS)], dtype=object)
CATALOGUE = Catalogue(ITEMS, np.sort(RANDOM.random(N_ITEMS))[::-1])
ALS = ByFactors(np.arange(0, N_ITEMS, 2), RANDOM.normal(size=(N_ITEMS // 2, 3)).astype(np.float32))
BLEND = Blend(((PersonalFrequency(N_ITEMS), 1.0), (PerVisit(ALS), 0.5)), CATALOGUE.popularity, 0.01, "habit")
WANTED = [
    {"personal_frequency": one, "als": other, "popularity": rest}
    for one, other, rest in [(1.0, 0.5, 0.01), (0.0, 2.0, 0.01), (3.0, 0.0, 1.0), (0.1, 0.1, 5.0)]
]


def some(n):
    return sorted(RANDOM.choice(ITEMS, size=n, replace=False))


CASES = pd.DataFrame(
    {
        "case_id": [f"c{n:02d}" for n in range(N_CASES)],
        "user_id": [None if n == 3 else f"u{n // 2}" for n in range(N_CASES)],
        "bought": [some(6) for _ in range(N_CASES)],
        "counts": [RANDOM.random(6) * 3 for _ in range(N_CASES)],
        "visits": 3.0,
        "factors": [None if n == 5 else RANDOM.normal(size=3) for n in range(N_CASES)],
        "masked": [some(4) for _ in range(N_CASES)],
        "relevant": [some(1 + n % 7) for n in range(N_CASES)],
    }
)


def alone(scorer):
    """NDCG [cases] from the scorer's own list, as evaluate has it: by case and place."""
    lists = rank_block(CASES, [scorer], CATALOGUE, K)
    shown = np.zeros((N_CASES, K), dtype=bool)
    relevant = dict(zip(CASES["case_id"], map(set, CASES["relevant"]), strict=True))
    rows = {case: n for n, case in enumerate(CASES["case_id"])}
    for row in lists.itertuples():
        shown[rows[row.case_id], row.position - 1] = row.item_id in relevant[row.case_id]
    return ndcg(Judged(shown, CASES["relevant"].map(len).to_numpy()), K)


def test_weights_are_those_of_the_sources_in_their_order():
    assert list(weights_of(BLEND).items()) == [("personal_frequency", 1.0), ("als", 0.5), ("popularity", 0.01)]
    for wanted in WANTED:
        assert weights_of(weighed(BLEND, wanted)) == wanted


def test_each_of_many_weights_finds_what_its_blend_finds_alone():
    scorers = [ALS, *[weighed(BLEND, each) for each in WANTED]]
    found = hits_of_block(CASES, scorers, CATALOGUE, K)
    assert list(found.columns) == HITS.names
    shown = np.stack(found["hits"]).reshape(N_CASES, len(scorers), K)
    n_relevant = found["n_relevant"].to_numpy()
    each = [ndcg(Judged(shown[:, place], n_relevant), K) for place in range(len(scorers))]
    for values, scorer in zip(each, scorers, strict=True):
        assert values.tolist() == alone(scorer).tolist()
    # They differ, so one taken for another would show.
    assert len({values.sum() for values in each}) == len(scorers)


def test_models_score_a_block_once_however_many_weights():
    asked = []

    class Counted(PersonalFrequency):
        def score(self, batch):
            asked.append(1)
            return super().score(batch)

    blend = Blend(((Counted(N_ITEMS), 1.0),), CATALOGUE.popularity, 0.01, "habit")
    wanted = [{"personal_frequency": weight, "popularity": 0.1} for weight in (1.0, 2.0, 3.0)]
    hits_of_block(CASES, [weighed(blend, each) for each in wanted], CATALOGUE, K)
    assert asked == [1]


def test_measures_are_means_over_cases_with_an_interval_over_users():
    scorers = [weighed(BLEND, each) for each in WANTED]
    hits = pa.Table.from_pandas(hits_of_block(CASES, scorers, CATALOGUE, K))
    found = measures(hits, EvaluationSettings(ks=(K,), n_bootstrap=200), seed=1)
    assert [each.value for each in found] == pytest.approx([alone(scorer).mean() for scorer in scorers])
    assert all(each.interval.low < each.value < each.interval.high and each.n == N_CASES for each in found)
