"""What the vectors say of two items. Numpy only: the commands that ask need no TensorFlow."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


class Vectors(NamedTuple):
    """gold.item_embeddings in its rows' order: vectors [items, embedding_dim], bias [items]."""

    vector_in: Floats
    vector_out: Floats
    bias: Floats


class Association(NamedTuple):
    """Of item b for a cart of item a alone, among `n` other items.

    `score`: vector_in of a . vector_out of b + bias of b, log of the chance that b completes the cart, but for a
    constant; `place` by it, from 1. `pull`: without the bias, which holds how popular b is; `place_by_pull`.
    """

    score: float
    place: int
    pull: float
    place_by_pull: int
    n: int


def association(vectors: Vectors, a: int, b: int) -> Association:
    """Item b for a cart of item a; of equally good ones none stands before b."""
    pull = vectors.vector_out @ vectors.vector_in[a]
    score = pull + vectors.bias
    others = np.arange(len(score)) != a
    places = [1 + int(np.count_nonzero(values[others] > values[b])) for values in (score, pull)]
    return Association(float(score[b]), places[0], float(pull[b]), places[1], int(others.sum()))
