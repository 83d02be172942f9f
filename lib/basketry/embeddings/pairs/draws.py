"""Which pairs a part of a step learns from. Numpy only.

Met: an item of a basket with one other item of it. Apart: the same item with `negatives` items of other baskets of the
pack. Baskets being independent, such an item is one drawn by how often each is bought, whatever the first one is; that
it may lie in the first one's basket too is left as it is, for without those the items of other baskets would be rarer
than chance has them just where items go together. Only an item with itself is no pair. Both sorts weigh the same, so
the odds of met against apart are how much more often two items meet than they would by chance: their lift, a basket of
n items counting 1 / (n - 1) for each of its pairs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.stream import Ints, Pack

# First words of random streams, as in stream.py, none of them its.
_PARTNERS, _DROPOUT = 11, 12


class Drawn(NamedTuple):
    """[slots, 1 + negatives] slots of the items that each slot's item is paired with, the one it met first, and the
    weights of the pairs: 1 of a met one, 1 / negatives of another, 0 where there is none.
    """

    partners: Ints
    weights: NDArray[np.float32]


def drawn_partners(pack: Pack, n_negatives: int, seed: int, step: int, shard: int) -> Drawn:
    """Depends on the pack and (seed, step, shard) only."""
    random = np.random.default_rng([_PARTNERS, seed, shard, step])
    slot = np.arange(len(pack.items))
    start, size = np.searchsorted(pack.basket, pack.basket), pack.others + 1
    met = start + _below(random, pack.others[:, None])[:, 0]
    met += met >= slot
    apart = _below(random, np.tile((pack.n_examples - size)[:, None], n_negatives))
    apart += np.where(apart >= start[:, None], size[:, None], 0)
    partners = np.minimum(np.column_stack([met, apart]), len(slot) - 1)
    is_pair = (pack.others > 0)[:, None] & (pack.items[partners] != pack.items[:, None])
    is_pair[:, 1:] &= (size < pack.n_examples)[:, None]
    share = np.array([1.0, *[1 / n_negatives] * n_negatives])
    return Drawn(partners.astype(np.int32), (is_pair * share).astype(np.float32))


def dropout_seed(seed: int, step: int, shard: int) -> Ints:
    """[2], for TensorFlow's stateless random numbers."""
    return np.random.SeedSequence([_DROPOUT, seed, shard, step]).generate_state(2).view(np.int32)


def _below(random: np.random.Generator, limits: Ints) -> NDArray[np.int64]:
    """A whole number from 0 to below each limit; 0 where that is none."""
    found: NDArray[np.int64] = (random.random(limits.shape) * np.maximum(limits, 0)).astype(np.int64)
    return found
