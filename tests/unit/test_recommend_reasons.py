"""Each reason against a count by hand; taking its evidence away lowers the score. Catalogue: a b c d e."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from basketry.recommend import wording
from basketry.recommend.blend import Blend, explain_block
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.decompose import decomposed
from basketry.recommend.neighbours import ByNeighbours
from basketry.recommend.scorers import ByFactors, ByItems, PersonalFrequency, per_visit
from tests.support.terms import terms

CATALOGUE = Catalogue(np.array(list("abcde"), dtype=object), np.array([0.4, 0.3, 0.2, 0.1, 0.0]))
PAIRS = [("a", "d", 7, 1.94), ("b", "d", 3, None), ("c", "e", 1, 0.5)]
WEIGHTS = np.zeros((5, 5))
WEIGHTS[0, 3], WEIGHTS[1, 3], WEIGHTS[2, 3], WEIGHTS[0, 4], WEIGHTS[1, 4] = 0.5, 0.8, -9.0, -0.1, 0.2
EPOCH = date(1970, 1, 1)


def day(text):
    return (date.fromisoformat(text) - EPOCH).days


CASES = pd.DataFrame(
    {
        "case_id": ["me", "new"],
        "user_id": ["me", None],
        "bought": [["a", "b"], None],
        "counts": [[2.5, 1.0], None],
        "visits": [4.0, None],
        "items": [["a", "b"], None],
        "n_baskets": [[7, 1], None],
        "last_days": [[day("2017-11-20"), day("1969-12-31")], None],
        "cart": [["b", "c"], ["a", "b"]],
    }
)


def reasons(kind, *models, cases=CASES, popularity=0.0):
    """By case and item: the reasons, as rows, and the score."""
    blend = Blend(models, CATALOGUE.popularity, popularity, "blend")
    found = explain_block(cases, {kind: blend}, CATALOGUE, 5, terms(CATALOGUE, PAIRS))
    return {(row.case_id, row.item_id): (row.reasons, row.score) for row in found.itertuples()}


def texts(found, *key):
    return [reason["text"] for reason in found[key][0]]


def test_bought_says_how_often_and_when_last():
    found = reasons("repeat", (PersonalFrequency(5), 1.0))
    assert texts(found, "me", "a") == ["bought 7 times, last on 2017-11-20"]
    assert texts(found, "me", "b") == ["bought once, on 1969-12-31"]
    (reason,) = found["me", "a"][0]
    assert (reason["source"], reason["kind"], reason["n"]) == ("personal_frequency", "bought", 7)
    less = CASES.assign(bought=[["b"], None], counts=[[1.0], None])
    rest = reasons("cart", (PersonalFrequency(5), 1.0), cases=less)
    assert rest["me", "a"][1] < found["me", "a"][1]
    assert (reason["last_on"], reason["value"], reason["other_item_id"]) == (date(2017, 11, 20), None, None)


def test_with_names_the_item_of_the_cart_that_adds_most_and_the_numbers_of_its_pair():
    found = reasons("cart", (ByItems(sparse.csr_array(WEIGHTS), "cart", "ease"), 1.0))
    # b adds .8 to d and a .5; c speaks against d, so nothing good is left to say of it.
    assert texts(found, "new", "d") == ["with B: 3 of 20 baskets"]
    assert texts(found, "new", "e") == ["goes with B"]
    assert texts(found, "me", "d") == []
    without = CASES.assign(cart=[["b", "c"], ["a"]])
    model = ByItems(sparse.csr_array(WEIGHTS), "cart", "ease")
    assert reasons("cart", (model, 1.0), cases=without)["new", "d"][1] < found["new", "d"][1]
    (reason,) = found["new", "d"][0]
    assert (reason["other_item_id"], reason["n"], reason["of"], reason["value"]) == ("b", 3, 20, None)


def test_with_weighs_what_was_bought_by_share_of_visits():
    model = ByItems(sparse.csr_array(WEIGHTS), "bought", "ease")
    found = reasons("explore", (model, 1.0))
    # a: .5 * 2.5 / 4 is more than b: .8 * 1 / 4.
    assert texts(found, "me", "d") == ["with A: 7 of 10 baskets, adjusted lift 1.9"]
    assert found["me", "d"][0][0]["value"] == 1.94
    less = CASES.assign(bought=[["b"], None], counts=[[1.0], None])
    assert reasons("explore", (model, 1.0), cases=less)["me", "d"][1] < found["me", "d"][1]


SHARES = np.array([[0.5, 0, 0.5, 0, 0], [0.5, 0.1, 0.2, 0, 0], [0.4, 0, 0, 0.1, 0], [0, 0, 0, 0, 1.0]])


def neighbours(shares=SHARES):
    return ByNeighbours(
        np.array(["n1", "n2", "n3", "n4"], dtype=object), per_visit(sparse.csr_array(shares), [1] * 4), 3
    )


def test_similar_users_counts_the_nearest_users_who_bought_it():
    found = reasons("explore", (neighbours(), 1.0))
    assert texts(found, "me", "c") == ["2 of the 3 users who buy most alike bought it"]
    assert texts(found, "me", "d") == ["1 of the 3 users who buy most alike bought it"]
    assert texts(found, "me", "e") == [] and texts(found, "new", "c") == []
    without = SHARES.copy()
    without[0, 2] = 0
    assert reasons("explore", (neighbours(without), 1.0))["me", "c"][1] < found["me", "c"][1]


def test_a_case_is_told_the_same_in_any_block():
    models = (PersonalFrequency(5), 1.0), (neighbours(), 0.5), (ByItems(sparse.csr_array(WEIGHTS), "cart", "ease"), 0.3)
    whole = reasons("cart", *models, popularity=0.2)
    apart = [reasons("cart", *models, cases=CASES[CASES["case_id"] == case], popularity=0.2) for case in ("new", "me")]
    assert apart[0] | apart[1] == whole and len(whole) == 10


def test_popular_counts_baskets():
    assert texts(reasons("explore", popularity=1.0), "new", "b") == ["in 20 of 100 baskets"]


VECTORS = np.random.default_rng(2).normal(size=(4, 2)) + 0.7


def solved(bought, alpha=1.0, regularization=0.1):
    """The user's factors by the normal equations of implicit ALS, all items in full. `bought`: place -> count."""
    preference, confidence = np.zeros(4), np.ones(4)
    for place, count in bought.items():
        preference[place], confidence[place] = 1, 1 + alpha * np.log1p(count)
    normal = VECTORS.T @ (confidence[:, None] * VECTORS) + regularization * len(bought) * np.eye(2)
    return np.linalg.solve(normal, VECTORS.T @ (confidence * preference))


def test_the_parts_of_a_taste_add_up_to_the_score_of_als():
    parts = decomposed(ByFactors(np.arange(4), VECTORS), alpha=1.0, regularization=0.1)
    found = parts.parts(np.array([0, 1]), np.array([2.5, 1.0]), np.arange(4))
    assert found.sum(axis=1) == pytest.approx(VECTORS @ solved({0: 2.5, 1: 1.0}))


def test_taste_names_the_purchase_that_als_takes_most_from_and_without_it_the_score_is_lower():
    model, factors = ByFactors(np.arange(4), VECTORS.astype(np.float32)), solved({0: 2.5, 1: 1.0})
    cases = CASES.assign(factors=[factors.tolist(), None])
    found = reasons("explore", (model, 1.0), cases=cases)
    named = {item: found["me", item][0][0]["other_item_id"] for item in "cd" if found["me", item][0]}
    assert named
    for item, other in named.items():
        rest = solved({place: count for place, count in {0: 2.5, 1: 1.0}.items() if "ab"[place] != other})
        vector = VECTORS["abcd".index(item)]
        # The ridge grows with what was bought; it is kept here, so that only the evidence goes.
        assert vector @ rest < vector @ factors
    assert all(text.startswith("by taste, ") for text in texts(found, "me", next(iter(named))))


def test_taste_never_names_the_item_itself():
    cases = CASES.assign(factors=[solved({0: 2.5, 1: 1.0}).tolist(), None])
    found = reasons("repeat", (ByFactors(np.arange(4), VECTORS.astype(np.float32)), 1.0), cases=cases)
    assert [found["me", item][0][0]["other_item_id"] for item in "ab"] == ["b", "a"]


def test_the_largest_contribution_comes_first_each_kind_once_and_small_ones_not_at_all():
    models = (PersonalFrequency(5), 1.0), (neighbours(), 0.5), (PersonalFrequency(5, "recent_frequency"), 2.0)
    found = reasons("repeat", *models, popularity=0.04)
    rows, score = found["me", "a"]
    # personal .625, recent 1.25, users .5 * (1.4 / 3), popularity .04: below a twentieth of the score.
    assert score == pytest.approx(0.625 + 1.25 + 0.5 * 1.4 / 3 + 0.04)
    assert [(row["source"], row["kind"]) for row in rows] == [
        ("recent_frequency", "bought"),
        ("users", "similar_users"),
    ]


def test_a_source_nobody_knows_gives_no_reason():
    assert reasons("repeat", (PersonalFrequency(5, "oracle"), 1.0))["me", "a"][0] == []


def test_a_share_too_small_for_a_number_is_told_in_words():
    small, large = (wording.taste("a", "TEA", share) for share in (0.0499, 0.05))
    assert (small.text, small.value) == ("by taste: fits all that was bought, TEA most", 0.0499)
    assert large.text == "by taste, 5% of it from buying TEA"
