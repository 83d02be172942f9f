"""Batch normalisation at inference: by statistics of many pairs, counted after training. Numpy only.

Averages kept while training lag behind the weights and would have to be shared by the workers; counted afterwards, over
the same pairs in the same order, they are those of the network as it is (Wu and Johnson 2021). They are counted without
dropout, which widens what the next layer sees in training only (Li et al. 2019).
"""

from typing import Any

import numpy as np

from basketry.embeddings.pairs.answers import Floats, Layer, inputs_of
from basketry.embeddings.pairs.layout import EPSILON
from basketry.embeddings.pairs.sampled import Pairs


def settled(parameters: dict[str, Any], rows: Floats, pairs: Pairs) -> tuple[Layer, ...]:
    """The layers for pairs of rows [items, dim + 1], each normalised by the mean and variance of `pairs` in it."""
    numbers = inputs_of(rows[pairs.a], rows[pairs.b])
    # Of what goes in only the deviation counts: the first layer takes off a mean anyway.
    _, deviation = _moments(numbers, pairs.weights)
    found: list[Layer] = []
    for number in range(1, 1 + sum(name.startswith("weight_") for name in parameters)):
        weight = parameters[f"weight_{number}"] / deviation[:, None]
        mean, spread = _moments(numbers @ weight, pairs.weights)
        factor = parameters[f"scale_{number}"][0] / spread
        found.append(Layer(weight * factor, parameters[f"shift_{number}"][0] - mean * factor))
        numbers = np.maximum(numbers @ found[-1].weight + found[-1].bias, 0)
        deviation = np.ones(numbers.shape[1])
    return (*found, Layer(parameters["weight"].T, parameters["bias"][0]))


def _moments(numbers: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and deviation of each column."""
    mean = np.average(numbers, axis=0, weights=weights)
    return mean, np.sqrt(np.average((numbers - mean) ** 2, axis=0, weights=weights) + EPSILON)
