"""Items of the types a user buys: scores by hand, and the reason that goes with them. Catalogue: a b c d."""

import numpy as np
import pandas as pd
import pytest

from basketry.recommend.blend import Part
from basketry.recommend.by_type import type_model
from basketry.recommend.catalogue import Catalogue
from basketry.recommend.lists import batch_of
from basketry.recommend.reasons import FINDERS, Told

CATALOGUE = Catalogue(np.array(list("abcd"), dtype=object), np.array([0.4, 0.3, 0.2, 0.1]))
# In 4 visits u bought a twice and b once; v bought c, which has no type, in each of 2.
CASES = pd.DataFrame(
    {
        "case_id": ["u", "v"],
        "bought": [["a", "b"], ["c"]],
        "counts": [[2.0, 1.0], [2.0]],
        "visits": [4.0, 2.0],
        "items": [["a", "b"], ["c"]],
        "n_baskets": [[3, 1], [5]],
    }
)


@pytest.fixture(scope="module")
def model(spark):
    rows = [("a", "tea"), ("b", "tea"), ("gone", "tea"), ("c", None), ("d", "milk")]
    return type_model(spark.createDataFrame(rows[::-1], "item_id string, type string"), CATALOGUE)


def test_purchases_of_a_type_are_spread_over_its_items_by_popularity(model):
    assert model.columns.tolist() == [0, 1, 3]
    found = model.score(batch_of(CASES, CATALOGUE))
    # Three quarters of a purchase of tea a visit; of all tea 4 in 7 are a.
    assert found[0].tolist() == pytest.approx([0.75 * 4 / 7, 0.75 * 3 / 7, 0])
    assert found[1].tolist() == [0, 0, 0]


def test_the_reason_counts_purchases_of_the_type(model):
    told = Told(batch_of(CASES, CATALOGUE), CASES, CATALOGUE, facts=None)
    tea, milk = FINDERS["types"](model, told, np.array([0, 0]), np.array([1, 3]))
    assert (tea.kind, tea.n, tea.text) == ("type", 4, "bought tea 4 times")
    assert milk is None


def test_items_without_types_say_nothing(spark):
    for columns in ("item_id string", "item_id string, type string"):
        rows = [(item, None)[: columns.count("string")] for item in "abcd"]
        silent = type_model(spark.createDataFrame(rows, columns), CATALOGUE)
        scores = silent.score(batch_of(CASES, CATALOGUE))
        assert Part(scores, silent.columns, 1.0).at(np.array([0]), np.array([2])).tolist() == [0.0]
