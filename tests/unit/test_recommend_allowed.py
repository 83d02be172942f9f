"""What may be listed, against a list made one item after the other."""

import numpy as np
import pandas as pd
import pytest

from basketry.recommend.allowed import Allowed
from basketry.recommend.blend import Blend, explain_block
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.scorers import ByFactors
from tests.support.terms import terms

N = 60
RANDOM = np.random.default_rng(11)
IDS = np.array([f"i{n:02}" for n in range(N)], dtype=object)
CATALOGUE = Catalogue(IDS, np.full(N, 1 / N))
CATEGORY = RANDOM.integers(-1, 6, N)
EXCLUDED = RANDOM.random(N) < 0.2
NOTHING = np.zeros(N, dtype=np.bool_)
# Whole numbers: equal scores are common.
VECTORS = RANDOM.integers(0, 6, (N, 1)).astype(np.float32)
CASES = pd.DataFrame(
    {
        "case_id": list("xyz"),
        "factors": [[1.0], [2.0], None],
        "masked": [list(IDS[:30:3]), [], []],
        "bought": [list(IDS[1:60:4]), None, None],
        "counts": [[1.0] * 15, None, None],
        "visits": [3.0, None, None],
    }
)


def lists(k, **rules):
    blend = Blend(((ByFactors(np.arange(N), VECTORS), 1.0),), CATALOGUE.popularity, 0.5, "blend")
    found = explain_block(CASES, {"explore": blend}, CATALOGUE, k, terms(CATALOGUE, **rules))
    return {case: found[found["case_id"] == case].sort_values("position")["item_id"].tolist() for case in "xyz"}


def greedy(k, excluded=NOTHING, most=None, least=None):
    """The same, one item after the other."""
    made = {}
    for case in CASES.itertuples():
        scores = [0.5 + (case.factors[0] * v if case.factors else 0) for v in VECTORS[:, 0]]
        taken, full = [], dict.fromkeys(range(-1, 6), 0)
        for n in sorted(range(N), key=lambda n: (-scores[n], n)):
            closed = excluded[n] or IDS[n] in case.masked or IDS[n] in (case.bought or [])
            capped = most is not None and CATEGORY[n] >= 0 and full[CATEGORY[n]] >= most
            if closed or capped or (least is not None and scores[n] < least) or len(taken) == k:
                continue
            taken.append(IDS[n])
            full[CATEGORY[n]] += 1
        made[case.case_id] = taken
    return made


@pytest.mark.parametrize("k", [3, 10, 100])
def test_excluded_items_are_in_no_list_and_leave_no_hole(k):
    assert lists(k, excluded=EXCLUDED) == greedy(k, EXCLUDED)


@pytest.mark.parametrize("k", [3, 10, 100])
@pytest.mark.parametrize("most", [1, 2])
def test_a_cap_is_that_of_a_list_made_one_after_the_other(k, most):
    given = {"excluded": EXCLUDED, "category": CATEGORY, "max_per_category": most}
    assert lists(k, **given) == greedy(k, EXCLUDED, most)


def test_lists_end_where_scores_fall_below_the_smallest():
    found = lists(100, min_score=3.5)
    assert found == greedy(100, least=3.5)
    assert found["z"] == [] and found["x"]


def test_nothing_is_kept_out_unless_asked():
    scores = RANDOM.random((4, N))
    assert (Allowed(NOTHING, CATEGORY).only(scores) == scores).all()
