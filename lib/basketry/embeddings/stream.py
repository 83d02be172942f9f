"""The baskets of one logical shard as an endless, repeatable stream of packs. Numpy and pyarrow only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Ints = NDArray[np.int32]
# The first word of each random stream: numpy pads seeds with zeros, so length alone does not tell them apart.
_ORDER_GROUPS, _ORDER_BASKETS, _DRAW = 1, 2, 3
# The label of a basket that has none.
NO_LABEL = -1


@dataclass(frozen=True)
class Rows:
    """Baskets laid end to end: `items` flat, `sizes` and `labels` [baskets]."""

    items: Ints
    sizes: Ints
    labels: Ints

    @property
    def basket(self) -> NDArray[np.int64]:
        """[items] the number of each one's basket."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(*map(np.concatenate, zip(vars(self).values(), vars(other).values(), strict=True)))

    def shuffled(self, rng: np.random.Generator) -> "Rows":
        """The same baskets in another order."""
        order = rng.permutation(len(self.sizes))
        starts = np.cumsum(self.sizes) - self.sizes
        sizes = self.sizes[order]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return Rows(self.items[np.repeat(starts[order], sizes) + within], sizes, self.labels[order])


# Baskets as they are seen in a pass: given those of a row group, and (seed, shard, pass, row group).
Change = Callable[[Rows, Sequence[int]], Rows]


@dataclass(frozen=True)
class Pack:
    """One logical shard's part of a step: whole baskets in a row of `slots`, the rest empty.

    items, basket, others, labels: [slots]. `basket` numbers the baskets of the pack from 0; `others` is how many
    other items the basket holds, 0 in an empty slot; labels[b] is the label of basket number b.
    """

    items: Ints
    basket: Ints
    others: Ints
    labels: Ints

    @property
    def n_examples(self) -> int:
        return int(np.count_nonzero(self.others))


def unchanged(rows: Rows, _: Sequence[int]) -> Rows:
    return rows


def packs(path: Path, seed: int, shard: int, slots: int, change: Change = unchanged) -> Iterator[Pack]:
    """Packs of one file, pass after pass, of baskets as `change` leaves them; order and change depend on (seed, pass,
    shard, row group) only.

    Row groups come in a new order each pass, and baskets in a new order within their row group. Baskets are laid
    next-fit, so pack number n is the same however often the stream is restarted.
    """
    held = Rows(*[np.empty(0, np.int32)] * 3)
    with pq.ParquetFile(path) as file:
        for lap in count():
            for group in np.random.default_rng([_ORDER_GROUPS, seed, shard, lap]).permutation(file.num_row_groups):
                rng = np.random.default_rng([_ORDER_BASKETS, seed, shard, lap, group])
                read = change(_rows(file.read_row_group(group)), [seed, shard, lap, group])
                rows = held + read.shuffled(rng)
                cuts = _cuts(rows.sizes, slots)
                yield from _packed(rows, cuts, slots)
                begun = int(rows.sizes[: cuts[-1]].sum())
                held = Rows(rows.items[begun:], rows.sizes[cuts[-1] :], rows.labels[cuts[-1] :])


def packs_once(path: Path, slots: int) -> list[Pack]:
    """Every basket of one file once, in the file's order; the last pack may be partly empty."""
    rows = _rows(pq.read_table(path))
    return list(_packed(rows, [*_cuts(rows.sizes, slots), len(rows.sizes)], slots))


def _rows(table: pa.Table) -> Rows:
    lists = table.column("items").combine_chunks()
    has_labels = "label" in table.column_names
    labels = table.column("label").to_numpy() if has_labels else np.full(len(lists), NO_LABEL, np.int32)
    return Rows(lists.flatten().to_numpy(), lists.value_lengths().to_numpy(), labels)


def _packed(rows: Rows, cuts: list[int], slots: int) -> Iterator[Pack]:
    """A pack of the baskets between each two cuts."""
    ends = np.concatenate([[0], np.cumsum(rows.sizes)])
    for first, last in pairwise(cuts):
        part = Rows(rows.items[ends[first] : ends[last]], rows.sizes[first:last], rows.labels[first:last])
        yield _pack(part, slots)


def _cuts(sizes: Ints, slots: int) -> list[int]:
    """Numbers of the baskets that begin a pack; those from the last on wait for more baskets."""
    ends = np.cumsum(sizes)
    cuts = [0]
    while True:
        filled = ends[cuts[-1] - 1] if cuts[-1] else 0
        stop = int(np.searchsorted(ends, filled + slots, side="right"))
        if stop == len(sizes):
            return cuts
        cuts.append(stop)


def _pack(rows: Rows, slots: int) -> Pack:
    sizes, empty = rows.sizes, slots - len(rows.items)
    return Pack(
        np.pad(rows.items, (0, empty)),
        np.pad(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes), (0, empty), constant_values=len(sizes)),
        np.pad(np.repeat(sizes - 1, sizes), (0, empty)).astype(np.int32),
        np.pad(rows.labels, (0, slots - len(sizes)), constant_values=NO_LABEL),
    )


def popularity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """[items] log(count) less its mean."""
    logs = np.log(counts)
    return np.asarray(logs - logs.mean())


class Negatives:
    """Items drawn with probability proportional to counts ** power; draws depend on (seed, step, shard) only."""

    def __init__(self, counts: NDArray[np.int64], power: float, n: int) -> None:
        weights = counts.astype(np.float64) ** power
        self._cumulative = np.cumsum(weights)
        self._n = n
        self.log_probability = np.log(weights / weights.sum()).astype(np.float32)

    def draw(self, seed: int, step: int, shard: int) -> Ints:
        """[n] item indexes, with replacement."""
        at = np.random.default_rng([_DRAW, seed, shard, step]).random(self._n) * self._cumulative[-1]
        drawn: Ints = np.searchsorted(self._cumulative, at, side="right").astype(np.int32)
        return drawn
