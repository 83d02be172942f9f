"""Models made from tables: log adjusted lifts by hand. Catalogue: a b c d."""

import numpy as np
import pandas as pd
import pytest

from basketry.recommend import ppmi
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of
from basketry.recommend.models import PAIR_PRIOR, pair_model
from basketry.recommend.ppmi import ppmi_model

CATALOGUE = Catalogue(np.array(list("abcd"), dtype=object), np.array([0.4, 0.3, 0.2, 0.1]))


def test_pairs_add_up_over_the_cart_to_the_log_of_popularity(spark):
    pairs = [("a", "b", 20, 10.0), ("b", "d", 0, 5.0), ("a", "gone", 50, 1.0)]
    model = pair_model(
        spark.createDataFrame(pairs, "item_a string, item_b string, n_ab int, expected double"), CATALOGUE
    )
    carts = pd.DataFrame({"case_id": list("xyz"), "cart": [["a", "d"], ["b"], ["gone"]]})
    found = model.score(batch_of(carts, CATALOGUE))
    together, apart = np.log((20 + PAIR_PRIOR) / (10 + PAIR_PRIOR)), np.log(PAIR_PRIOR / (5 + PAIR_PRIOR))
    popular = np.log(CATALOGUE.popularity)
    # Pairs speak both ways; c, of which no pair is known, keeps its popularity.
    assert (found[0] - popular).tolist() == pytest.approx([0, together + apart, 0, 0])
    assert (found[1] - popular).tolist() == pytest.approx([together, 0, 0, apart])
    assert np.isneginf(found[2]).all()


def test_counting_scores_the_items_with_learnt_vectors_and_of_too_many_the_most_popular(spark, monkeypatch):
    baskets = spark.createDataFrame([(["a", "b"],), (["a", "b", "gone"],), (["c", "d"],)], "items array<string>")
    rows = [(item, [1.0, 2.0], item == "d") for item in ("b", "c", "a", "d", "gone")]
    embeddings = spark.createDataFrame(rows, "item_id string, vector_in array<float>, is_cold boolean")
    model = ppmi_model(baskets, embeddings, CATALOGUE)
    assert model.columns.tolist() == [0, 1, 2]
    found = model.score(batch_of(pd.DataFrame({"case_id": ["x"], "cart": [["a"]]}), CATALOGUE))[0]
    # Of pairs a and b have all, either way: twice what chance has. The cart's item, and c, have their popularity.
    assert (found - np.log(CATALOGUE.popularity[:3])).tolist() == pytest.approx([0, np.log(2), 0], abs=1e-6)
    monkeypatch.setattr(ppmi, "MOST_ITEMS", 2)
    assert ppmi_model(baskets, embeddings, CATALOGUE).columns.tolist() == [0, 1]
