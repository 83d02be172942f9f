"""Pairs as the pair head is told them, of baskets that it learns from and of those set apart. Numpy, pyarrow only."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.pairs.draws import drawn_partners
from basketry.embeddings.samples import Spec
from basketry.embeddings.stream import Pack, packs, packs_once

# What statistics are counted over: packs of all shards together, and pairs at most.
PACKS, MOST = 16, 262_144


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
    each = math.ceil(PACKS / spec.settings.shards)
    streams = (packs(spec.shard_file(s), spec.seed, s, spec.settings.slots) for s in range(spec.settings.shards))
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
