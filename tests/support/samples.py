"""Work folders for the training workers, made without Spark: planted groups of items that are bought together."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from basketry.embeddings.samples import Spec

N_ITEMS, N_GROUPS = 40, 8


def planted_baskets(n: int, seed: int = 1) -> list[list[int]]:
    """Baskets of 2 to 4 items, all of one group: item i is of group i % N_GROUPS."""
    rng = np.random.default_rng(seed)
    baskets = []
    for _ in range(n):
        members = np.arange(rng.integers(N_GROUPS), N_ITEMS, N_GROUPS)
        baskets.append(sorted(rng.choice(members, rng.integers(2, 5), replace=False).tolist()))
    return baskets


def work_folder(folder: Path, n_steps: int = 60, shards: int = 4, **over: object) -> Spec:
    """A folder as the driver leaves it, and its spec."""
    folder.mkdir(parents=True, exist_ok=True)
    baskets = planted_baskets(800)
    counts = np.bincount(np.concatenate(baskets), minlength=N_ITEMS)
    np.save(folder / "counts.npy", counts, allow_pickle=False)
    for shard in range(shards):
        mine = pa.array(baskets[shard::shards], pa.list_(pa.int32()))
        pq.write_table(pa.table({"items": mine}), folder / f"shard-{shard:04d}.parquet", row_group_size=64)
    plain = {
        "folder": str(folder),
        "n_items": N_ITEMS,
        "n_tokens": int(counts.sum()),
        "shards": shards,
        "packs": 2,
        "slots": 16,
        "negatives": 12,
        "negative_power": 0.75,
        "embedding_dim": 8,
        "n_steps": n_steps,
        "learning_rate": 0.1,
        "seed": 3,
        "threads": 1,
    }
    return Spec(**(plain | over))
