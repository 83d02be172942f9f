"""Where the numbers of the pair network lie: in rows of the table, behind those of the items. Numpy only.

Each line of a parameter begins a row, so that what leaves one input is what an optimizer by rows moves at one rate.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.settings import EmbeddingSettings

# Added to a variance: what keeps a number that does not vary from dividing by 0.
EPSILON = 1e-5
Shapes = dict[str, tuple[int, int]]


def shapes_of(settings: EmbeddingSettings) -> Shapes:
    """Parameters in their order, [lines, columns]: of each hidden layer weights [inputs, units] and, of its batch
    normalisation, scale and shift [1, units]; then the weights [1, units] and the bias of the logit.
    """
    widths = [n_inputs(settings.embedding_dim), *settings.pair_hidden]
    found: Shapes = {}
    for number, (inputs, units) in enumerate(pairwise(widths), start=1):
        found[f"weight_{number}"] = inputs, units
        found[f"scale_{number}"] = found[f"shift_{number}"] = 1, units
    return {**found, "weight": (1, widths[-1]), "bias": (1, 1)}


def n_inputs(dim: int) -> int:
    """Of a pair of rows [dim + 1]: their product, how far they are apart, and the sum of their biases."""
    return 2 * (dim + 1) + 1


def n_head_rows(settings: EmbeddingSettings) -> int:
    """Rows of `embedding_dim` + 1 numbers that hold the network."""
    width = settings.embedding_dim + 1
    return sum(lines * math.ceil(columns / width) for lines, columns in shapes_of(settings).values())


def initial_head(settings: EmbeddingSettings, seed: int) -> NDArray[np.float32]:
    """[head rows, embedding_dim + 1]: weights small and random (He et al. 2015), scales 1, the rest 0."""
    random, width = np.random.default_rng(seed), settings.embedding_dim + 1
    rows = []
    for name, (lines, columns) in shapes_of(settings).items():
        fan_in = columns if name == "weight" else lines
        drawn = random.normal(0, math.sqrt(2 / fan_in), (lines, columns))
        given = drawn if name.startswith("weight") else np.full((lines, columns), float(name.startswith("scale")))
        rows.append(np.pad(given, [(0, 0), (0, -columns % width)]).reshape(-1, width))
    return np.concatenate(rows).astype(np.float32)


def parameters_of(rows: Any, settings: EmbeddingSettings, reshape: Callable[..., Any]) -> dict[str, Any]:
    """The parameters [lines, columns] by name that head rows hold; `reshape` is numpy's or TensorFlow's."""
    found, at, width = {}, 0, settings.embedding_dim + 1
    for name, (lines, columns) in shapes_of(settings).items():
        held = math.ceil(columns / width)
        whole = reshape(rows[at : at + lines * held], (lines, held * width))
        found[name] = whole[:, :columns]
        at += lines * held
    return found
