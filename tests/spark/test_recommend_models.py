"""Models made from tables: log adjusted lifts by hand. Catalogue: a b c d."""

import numpy as np
import pandas as pd
import pytest

from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of
from basketry.recommend.models import PAIR_PRIOR, pair_model

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
