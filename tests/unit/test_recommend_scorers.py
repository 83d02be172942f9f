"""Each model's score against the sum done by hand. Catalogue: a b c d."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from basketry.recommend.again import Again
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of, rank_block
from basketry.recommend.neighbours import ByNeighbours
from basketry.recommend.scorers import (
    ByEmbeddings,
    ByFactors,
    ByItems,
    ByRules,
    PersonalFrequency,
    PerVisit,
    Popularity,
    RecentFrequency,
)

CATALOGUE = Catalogue(np.array(list("abcd"), dtype=object), np.array([0.4, 0.3, 0.2, 0.1]))


def cases(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"case_id": [str(i) for i in range(n)], **columns})


def scores(scorer, **columns):
    found = scorer.score(batch_of(cases(**columns), CATALOGUE))
    return found.toarray() if sparse.issparse(found) else found


def rules(*rows):
    """Rules as (antecedent, consequent, confidence)."""
    columns, targets = np.unique([CATALOGUE.index.get_loc(c) for _, c, _ in rows], return_inverse=True)
    antecedents = CATALOGUE.matrix(pd.Series([list(a) for a, _, _ in rows])).T.tocsr()
    sizes = np.array([len(a) for a, _, _ in rows])
    return ByRules(columns, antecedents, sizes, np.array([c for _, _, c in rows]), targets)


def test_a_rule_speaks_when_its_whole_antecedent_is_in_the_cart_and_the_most_confident_wins():
    model = rules(("a", "c", 0.2), ("ab", "c", 0.5), ("b", "d", 0.3), ("bd", "c", 0.9))
    assert model.columns.tolist() == [2, 3]
    assert scores(model, cart=[["a"], ["a", "b"], ["d"]]).tolist() == [[0.2, 0.0], [0.5, 0.3], [0.0, 0.0]]


def test_embeddings_score_by_the_mean_of_the_carts_vectors_and_the_bias():
    columns, vectors_in = np.array([0, 1, 3]), np.array([[1.0, 0.0], [3.0, 2.0], [0.0, 1.0]])
    model = ByEmbeddings(columns, vectors_in, np.array([[1.0, 1.0], [2.0, 0.0], [0.0, 5.0]]), np.array([0.0, 0.5, -1]))
    # The mean of a and b is (2, 1); c has no vector, so it says nothing.
    found = scores(model, cart=[["a", "b", "c"], ["c"]])
    assert found[0].tolist() == pytest.approx([3.0, 4.5, 4.0])
    assert np.isneginf(found[1]).all()


def test_factors_score_by_their_product_and_say_nothing_of_an_unknown_user():
    model = ByFactors(np.array([1, 2]), np.array([[1.0, 2.0], [0.5, -1.0]], dtype=np.float32))
    found = scores(model, factors=[[2.0, 1.0], None])
    assert found[0].tolist() == [4.0, 0.0]
    assert np.isneginf(found[1]).all()


HISTORY = {"bought": [["d", "gone", "a"], None], "counts": [[2.0, 3.0, 1.0], None], "visits": [4.0, None]}


def test_personal_frequency_is_the_share_of_visits_that_bought_the_item():
    assert scores(PersonalFrequency(4), **HISTORY).tolist() == [[0.25, 0, 0, 0.5], [0, 0, 0, 0]]


def test_item_weights_add_up_over_the_cart_or_over_shares_of_what_was_bought():
    weights = sparse.csr_array(np.array([[0, 0.5, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0.25, -1.0, 0]]))
    assert scores(ByItems(weights, "cart", "ease"), cart=[["a", "d"], ["b"]]).tolist() == [
        [0, 0.75, -1.0, 0],
        [0, 0, 0, 0],
    ]
    assert scores(ByItems(weights, "bought", "ease"), **HISTORY)[0].tolist() == [0, 0.25 * 0.5 + 0.5 * 0.25, -0.5, 0]


def test_neighbours_are_the_nearest_other_users_and_their_shares_are_averaged():
    shares = sparse.csr_array(np.array([[1.0, 0, 0, 0], [0.5, 0, 0.5, 0], [0, 0.2, 0, 0.2], [1.0, 0.1, 0, 0]]))
    users = np.array(["me", "near", "other", "twin"], dtype=object)
    told = {"bought": [["a"], None], "counts": [[2.0], None], "visits": [2.0, None], "user_id": ["me", None]}
    model = ByNeighbours(users, shares, 2)
    # Cosines with a alone: twin .995, near .707, other 0; I am no neighbour of myself.
    assert scores(model, **told) == pytest.approx(np.array([[0.75, 0.05, 0.25, 0], [0, 0, 0, 0]]), abs=1e-12)


def test_no_users_to_be_near_say_nothing():
    nobody = ByNeighbours(np.empty(0, dtype=object), sparse.csr_array((0, 4)), 2)
    assert scores(nobody, bought=[["a"]], counts=[[1.0]], visits=[1.0], user_id=["me"]).tolist() == [[0, 0, 0, 0]]


def test_a_block_where_nobody_is_known_is_answered_by_popularity():
    model = ByFactors(np.array([3]), np.array([[1.0]], dtype=np.float32))
    found = rank_block(cases(factors=[None, None], masked=[["a"], []]), [model], CATALOGUE, 2)
    assert found[["case_id", "position", "item_id", "source"]].to_numpy().tolist() == [
        ["0", 1, "b", "popularity"],
        ["0", 2, "c", "popularity"],
        ["1", 1, "a", "popularity"],
        ["1", 2, "b", "popularity"],
    ]


def test_k_beyond_the_catalogue_lists_each_item_once():
    model = ByFactors(np.array([1, 3]), np.array([[2.0], [1.0]], dtype=np.float32))
    found = rank_block(cases(factors=[[1.0]]), [model, Popularity()], CATALOGUE, 99)
    listed = found.sort_values(["model", "position"]).groupby("model")["item_id"].agg("".join)
    assert listed.to_dict() == {"als": "bdac", "popularity": "abcd"}


def test_what_was_bought_of_late_is_shared_out_over_late_visits_and_some_more():
    lately = {"bought": [["d", "a"], None], "recent": [[2.0, 1.0], None], "recent_visits": [3.0, None]}
    assert scores(RecentFrequency(4, prior_visits=1.0), **lately).tolist() == [[0.25, 0, 0, 0.5], [0, 0, 0, 0]]
    assert scores(RecentFrequency(4, prior_visits=0.0), **lately)[1].tolist() == [0, 0, 0, 0]


def test_others_count_less_the_more_visits_a_user_shows():
    vectors = np.array([[1.0, 2.0], [0.5, -1.0]], dtype=np.float32)
    model = PerVisit(ByFactors(np.array([1, 2]), vectors))
    assert (model.name, model.columns.tolist()) == ("als", [1, 2])
    found = scores(model, factors=[[2.0, 1.0], [2.0, 1.0], None], visits=[8.0, 0.1, 4.0])
    assert found[:2].tolist() == [[0.5, 0.0], [8.0, 0.0]]
    assert np.isneginf(found[2]).all()


def test_a_weight_of_so_many_visits_orders_items_as_so_many_visits_more_would():
    history = {"bought": [["a", "b"]], "counts": [[3.0, 1.0]], "visits": [4.0], "factors": [[1.0]]}
    others = ByFactors(np.arange(4), np.array([[0.1], [0.9], [0.5], [0.0]], dtype=np.float32))
    added = scores(PersonalFrequency(4), **history) + 6 * scores(PerVisit(others), **history)
    as_if = (np.array([3, 1, 0, 0]) + 6 * np.array([0.1, 0.9, 0.5, 0.0])) / (4 + 6)
    assert added[0].tolist() == pytest.approx((as_if * (4 + 6) / 4).tolist(), abs=1e-6)


def test_what_comes_again_is_ordered_by_the_model_then_by_popularity_and_holds_nothing_else():
    factors = ByFactors(np.array([1, 2, 3]), np.array([[1.0], [3.0], [2.0]], dtype=np.float32))
    asked = cases(
        bought=[list("abd"), list("dba"), ["c"]], counts=[[1.0] * 3, [1.0] * 3, [1.0]], factors=[[1.0], [0.0], None]
    )
    for model, expected in (
        # ALS knows nothing of a, and says the same of all to the second user.
        (factors, {"0": "dba", "1": "abd", "2": "c"}),
        (Popularity(), {"0": "abd", "1": "abd", "2": "c"}),
    ):
        again = Again(model, CATALOGUE.popularity)
        listed = rank_block(asked, [again], CATALOGUE, 4)
        own = listed[listed["source"] == again.name].sort_values(["case_id", "position"])
        assert own.groupby("case_id")["item_id"].agg("".join).to_dict() == expected


def test_what_comes_again_of_equals_is_ordered_by_id():
    again = Again(Popularity(), np.full(4, 0.25))
    listed = rank_block(cases(bought=[list("dca")], counts=[[1.0] * 3]), [again], CATALOGUE, 3)
    assert "".join(listed.sort_values("position")["item_id"]) == "acd"
