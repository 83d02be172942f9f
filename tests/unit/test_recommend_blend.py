"""A blend's parts add up to its score, entry by entry; each kind of list keeps to its items. Catalogue: a b c d."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from basketry.recommend.blend import Blend, explain_block
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of
from basketry.recommend.scorers import ByFactors, ByItems, PersonalFrequency
from tests.support.terms import terms

CATALOGUE = Catalogue(np.array(list("abcd"), dtype=object), np.array([0.4, 0.3, 0.2, 0.1]))
WEIGHTS = sparse.csr_array(np.array([[0, 0, 0.8, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, -0.2, 0, 0]]))
BLEND = Blend(
    (
        (PersonalFrequency(4), 1.0),
        (ByFactors(np.array([1, 3]), np.array([[1.0], [2.0]], dtype=np.float32)), 0.5),
        (ByItems(WEIGHTS, "bought", "ease"), 0.25),
    ),
    CATALOGUE.popularity,
    0.01,
    "blend",
)
CASES = pd.DataFrame(
    {
        "case_id": ["known", "new"],
        "bought": [["a", "d"], None],
        "counts": [[3.0, 1.0], None],
        "visits": [4.0, None],
        "factors": [[0.5], None],
        "masked": [["b"], []],
    }
)


def test_the_score_is_the_weighted_sum_and_silence_adds_nothing():
    known, new = BLEND.score(batch_of(CASES, CATALOGUE))
    # personal + 0.5 * als + 0.25 * ease + 0.01 * popularity / 0.4
    assert known == pytest.approx(
        [
            0.75 + 0.01,
            0.5 * 0.5 + 0.25 * (0.25 * -0.2) + 0.0075,
            0.25 * (0.75 * 0.8) + 0.005,
            0.25 + 0.5 * 1.0 + 0.0025,
        ]
    )
    assert new == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def listed(kind, k):
    return explain_block(CASES, {kind: BLEND}, CATALOGUE, k, terms(CATALOGUE))


def items(kind, k):
    return listed(kind, k).groupby("case_id")["item_id"].agg("".join).to_dict()


def test_a_repeat_list_holds_what_was_bought_and_an_explore_list_the_rest_without_masked_items():
    assert items("repeat", 5) == {"known": "ad"}
    assert items("explore", 5) == {"known": "c", "new": "abcd"}
    assert items("cart", 2) == {"known": "ad", "new": "ab"}


def test_a_block_of_cases_without_a_list_gives_no_rows():
    new = CASES[CASES["case_id"] == "new"]
    assert explain_block(new, {"repeat": BLEND}, CATALOGUE, 5, terms(CATALOGUE)).empty


def test_contributions_add_up_to_the_score():
    for kind in ("repeat", "explore", "cart"):
        for row in listed(kind, 5).itertuples():
            assert sum(row.parts) == pytest.approx(row.score, abs=1e-12)
    assert list(listed("repeat", 5).iloc[1]["parts"]) == pytest.approx([0.25, 0.5, 0, 0.0025])


def test_contributions_add_up_when_a_weight_of_factors_is_no_binary_fraction():
    vectors = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    blend = Blend(((ByFactors(np.arange(4), vectors), 0.3),), CATALOGUE.popularity, 0.1, "blend")
    cases = pd.DataFrame({"case_id": ["x"], "factors": [[0.1, 0.7, 1.3]]})
    found = explain_block(cases, {"cart": blend}, CATALOGUE, 4, terms(CATALOGUE))
    assert [sum(parts) for parts in found["parts"]] == pytest.approx(found["score"].tolist(), abs=1e-12)


def test_taking_a_source_away_lowers_the_score_by_what_it_added():
    for at in range(len(BLEND.models)):
        rest = Blend(BLEND.models[:at] + BLEND.models[at + 1 :], BLEND.popularity, BLEND.popularity_weight, "rest")
        batch = batch_of(CASES, CATALOGUE)
        part = BLEND.parts(batch)[at]
        row, item = np.indices((2, 4))
        added = part.at(row.ravel(), item.ravel()).reshape(2, 4)
        assert BLEND.score(batch) - added == pytest.approx(rest.score(batch))
