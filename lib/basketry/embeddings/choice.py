"""Which exchange a training has. Numpy only: the driver says it too."""

import numpy as np

from basketry.embeddings.spec import Spec

# Rows that a step touches, all workers' together, for each row of the table. Gathered, a worker of W receives
# (W - 1) / W of them; summed in a ring, 2 (W - 1) / W of the table. Two workers of one machine are as fast either way
# from about 1 on, and slower by sums at a tenth: bench/exchange.py --parts sizes.
DENSE_FROM = 2.0


def exchange_of(spec: Spec) -> str:
    """`embeddings.exchange`, or what auto stands for: by the size of the table, and how much of it a step touches."""
    settings = spec.settings
    if settings.exchange != "auto":
        return settings.exchange
    if settings.n_workers == 1:
        return "gathered"
    if table_bytes(spec) > settings.table_mib * 2**20:
        return "sharded"
    return "dense" if settings.n_workers * touched(spec) > DENSE_FROM * spec.n_asked else "gathered"


def table_bytes(spec: Spec) -> int:
    """Of all rows, twice where the best ones are kept, and of what the optimizer remembers of them."""
    settings, width = spec.settings, spec.width
    remembered = {"adagrad": len(spec.parts), "momentum": width, "adam": 2 * width}[settings.optimizer]
    copies = 2 if settings.patience else 1
    return 4 * spec.n_rows * (copies * width + remembered)


def touched(spec: Spec) -> float:
    """Rows that one worker's part of a step is expected to touch: of items, slots filled by frequency, and negatives;
    of labels, or a network, all.
    """
    settings, counts = spec.settings, spec.counts.astype(np.float64)
    shards, weights = settings.shards / settings.n_workers, counts**settings.negative_power
    drawn = shards * (settings.slots * counts / counts.sum() + settings.negatives * weights / weights.sum())
    return float(-np.expm1(-drawn).sum()) + spec.n_asked - spec.n_items
