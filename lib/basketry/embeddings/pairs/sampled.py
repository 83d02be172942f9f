"""Pairs as the pair head is told them, of baskets that it learns from and of those set apart. Numpy, pyarrow only."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.pairs.draws import drawn_partners
from basketry.embeddings.spec import Spec
from basketry.embeddings.stream import Pack, packs, packs_once

# Pairs that statistics are counted over, at most.
MOST = 131_072


class Pairs(NamedTuple):
    """[pairs] places of both items, whether they met, the pair's weight, and the number of the first one's basket."""

    a: NDArray[Any]
    b: NDArray[Any]
    is_met: NDArray[np.bool_]
    weights: NDArray[Any]
    basket: NDArray[Any]

    def where(self, chosen: Any) -> "Pairs":
        return Pairs(*(column[chosen] for column in self))


def learnt_pairs(spec: Spec) -> Pairs:
    """Of the first packs of each shard, as the first steps draw them: the same ones for any number of workers."""
    settings = spec.settings
    each = math.ceil(MOST / (spec.slots_per_step * (1 + settings.negatives)))
    streams = (packs(spec.shard_file(s), spec.seed, s, settings.slots) for s in range(settings.shards))
    return _joined(_of_packs(spec, islice(stream, each), s, 0) for s, stream in enumerate(streams)).where(slice(MOST))


def pairs_set_apart(spec: Spec) -> Pairs:
    """Of the holdout, as the validation draws them."""
    files = (spec.holdout_file(shard) for shard in range(spec.settings.shards))
    held = (packs_once(file, spec.settings.slots) for file in files)
    return _joined(_of_packs(spec, packs, shard, spec.n_steps) for shard, packs in enumerate(held))


def _of_packs(spec: Spec, given: Iterable[Pack], shard: int, first_step: int) -> Iterator[Pairs]:
    for step, pack in enumerate(given, start=first_step):
        partners, weights = drawn_partners(pack, spec.settings.negatives, spec.seed, step, shard)
        slots, place = np.nonzero(weights)
        other = partners[slots, place]
        yield Pairs(pack.items[slots], pack.items[other], place == 0, weights[slots, place], pack.basket[slots])


def _joined(found: Iterable[Iterator[Pairs]]) -> Pairs:
    return Pairs(*map(np.concatenate, zip(*(pairs for shard in found for pairs in shard), strict=True)))
