"""A wide blend adds models to that of a cart, and one of them is left out of each other blend. Catalogue: a b c."""

from types import SimpleNamespace

import numpy as np
import pytest

from basketry.recommend.blend import Blend
from basketry.recommend.scorers import Popularity
from basketry.recommend.wide import Chances, wide_blends


class Says:
    """A model that says the same of every block."""

    columns = np.array([0, 2])

    def __init__(self, name, scores):
        self.name, self._scores = name, np.array(scores)

    def score(self, _):
        return self._scores


def chances(scores):
    return Chances(Says("embeddings", scores)).score(SimpleNamespace(scores=lambda model: model.score(None)))


def test_chances_are_shares_of_one_and_nothing_of_a_cart_that_nothing_is_known_of():
    found = chances([[np.log(3.0) + 900, 900.0], [-np.inf, -np.inf], [0.0, -np.inf]])
    assert found == pytest.approx(np.array([[0.75, 0.25], [0, 0], [1, 0]]))


def test_each_model_is_left_out_of_one_blend():
    cart = Blend(((Popularity(), 0.5),), np.array([0.5, 0.3, 0.2]), 0.01, "blend")
    one, other = Says("one", [[1.0, 2.0]]), Says("other", [[3.0, 4.0]])
    found = wide_blends(cart, [(one, 0.2), (other, 0.3)])
    assert {blend.name: blend.models[1:] for blend in found} == {
        "wide": ((one, 0.2), (other, 0.3)),
        "wide_without_one": ((other, 0.3),),
        "wide_without_other": ((one, 0.2),),
    }
    assert all(blend.models[0] == cart.models[0] and blend.popularity_weight == 0.01 for blend in found)
