"""What the pair head says of two items. Numpy only: the commands that ask need no TensorFlow."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[Any]
# Pairs that are looked at together, so that memory stays bounded.
BLOCK = 65_536


class Layer(NamedTuple):
    """weight [inputs, units], bias [units]; batch normalisation, which by fixed statistics is a line, lies in both."""

    weight: Floats
    bias: Floats


class PairHead(NamedTuple):
    """`items` with their rows [items, dim + 1], vector and bias; layers, the last of one unit; what calibrates: a logit
    times `slope` plus `offset`.
    """

    items: list[str]
    rows: Floats
    layers: tuple[Layer, ...]
    slope: float = 1.0
    offset: float = 0.0


def pair_head_of(vectors: pd.DataFrame, parameters: pd.DataFrame) -> PairHead | None:
    """From gold.pair_vectors, all rows or those asked for, and gold.pair_head; None when these are empty."""
    if vectors.empty or parameters.empty:
        return None
    rows = np.column_stack([np.stack(list(vectors["vector"])), vectors["bias"]])
    arrays = map(np.reshape, parameters["numbers"], map(tuple, parameters["shape"]))
    found = dict(zip(parameters["name"], arrays, strict=True))
    # Besides the layers, of two arrays each, there is the calibration.
    numbers = range(1, 1 + len(found) // 2)
    layers = tuple(Layer(found[f"weight_{number}"], found[f"bias_{number}"]) for number in numbers)
    return PairHead(vectors["item_id"].to_list(), rows, layers, *map(float, found["calibration"]))


def parameters_named(head: PairHead) -> dict[str, Floats]:
    """The network as gold.pair_head has it."""
    found: dict[str, Floats] = {}
    for number, layer in enumerate(head.layers, start=1):
        found |= {f"weight_{number}": layer.weight, f"bias_{number}": layer.bias}
    return {**found, "calibration": np.array([head.slope, head.offset])}


def log_lift(head: PairHead, a: Sequence[str], b: Sequence[str]) -> NDArray[np.float64]:
    """[pairs] how strongly the items of each pair go together, whichever is named first: the logarithm of how much more
    often they meet than by chance; minus infinity where either has no vector.
    """
    place = {item: at for at, item in enumerate(head.items)}
    one, other = (np.array([place.get(item, -1) for item in side], np.int64) for side in (a, b))
    found = np.full(len(one), -np.inf)
    known = (one >= 0) & (other >= 0)
    logits = logits_of(head.layers, head.rows, one[known], other[known])
    found[known] = head.slope * logits + head.offset
    return found


def chance_of(lift: Floats) -> Floats:
    """That two items met, by log_lift, where meeting and not meeting are as likely beforehand: lift / (1 + lift)."""
    return np.asarray(expit(lift))


def logits_of(layers: Sequence[Layer], rows: Floats, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """[pairs] before calibration, of rows [items, dim + 1] by their places."""
    found = np.empty(len(a))
    for first in range(0, len(a), BLOCK):
        block = slice(first, first + BLOCK)
        numbers = inputs_of(rows[a[block]], rows[b[block]])
        for layer in layers[:-1]:
            numbers = np.maximum(numbers @ layer.weight + layer.bias, 0)
        found[block] = (numbers @ layers[-1].weight + layers[-1].bias)[:, 0]
    return found


def inputs_of(one: Floats, other: Floats) -> NDArray[np.float64]:
    """[pairs, 2 (dim + 1) + 1] of both rows [pairs, dim + 1]: product, distance, and the sum of their biases."""
    one, other = one.astype(np.float64), other.astype(np.float64)
    return np.concatenate([one * other, np.abs(one - other), one[:, -1:] + other[:, -1:]], 1)
