"""Work folders for the training workers, made without Spark: planted groups of items that are bought together."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from basketry.embeddings.earlier import Start
from basketry.embeddings.pairs.training import own_settings, pair_spec
from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import COUNTS, FEATURES, FROZEN, GIVEN, START, TYPES, Spec, holdout_name, shard_name
from basketry.embeddings.stream import NO_LABEL

N_ITEMS, N_GROUPS = 40, 8
SMALL = EmbeddingSettings(
    slots=32, negatives=12, embedding_dim=8, epochs=1, learning_rate=0.1, log_every=10, stall_seconds=300
)

# Minutes of training, even on a hundred baskets.
LONG_TRAINING = [
    f"--set=embeddings.{setting}"
    for setting in ("workers=2", "shards=2", "slots=8", "embedding_dim=4", "epochs=1000", "min_count=2", "log_every=10")
]


def planted_baskets(n: int, seed: int = 1) -> list[list[int]]:
    """Baskets of 2 to 4 items, all of one group: item i is of group i % N_GROUPS."""
    rng = np.random.default_rng(seed)
    baskets = []
    for _ in range(n):
        members = np.arange(rng.integers(N_GROUPS), N_ITEMS, N_GROUPS)
        baskets.append(sorted(rng.choice(members, rng.integers(2, 5), replace=False).tolist()))
    return baskets


def planted_features() -> np.ndarray:
    """[N_ITEMS, 2]: the group of an item, and of every third one that it is one: 0 to N_GROUPS."""
    numbers = np.arange(N_ITEMS)
    return np.stack([numbers % N_GROUPS, np.where(numbers % 3 == 0, N_GROUPS, -1)], 1).astype(np.int32)


def planted_given(k: int, n: int = N_ITEMS) -> np.ndarray:
    """[n, k] vectors near those of other items of the group, of length 1; every seventh is nothing."""
    rng = np.random.default_rng(7)
    centres, noise = rng.normal(size=(N_GROUPS, k)), rng.normal(0, 0.3, (n, k))
    found = centres[np.arange(n) % N_GROUPS] + noise
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    found[6::7] = 0
    return found.astype(np.float32)


def planted_start(n_shared: int, dim: int) -> np.ndarray:
    """[N_ITEMS + n_shared, 2 dim + 1] rows to start from: nothing of every fifth item and of the last shared one."""
    rows = np.random.default_rng(9).normal(0, 0.3, (N_ITEMS + n_shared, 2 * dim + 1)).astype(np.float32)
    rows[4:N_ITEMS:5, :-1] = np.nan
    rows[N_ITEMS:][-1:] = np.nan
    return rows


def work_folder(
    folder: Path,
    steps: int = 60,
    *,
    validates: bool = False,
    tower: bool = False,
    warm: bool = False,
    n_given: int = 0,
    foretells: bool = False,
    **settings: object,
) -> Spec:
    """A folder as the driver leaves it, and its spec; it says as many items as `steps` steps take.

    With `validates` also baskets of a holdout, for all shards but the last; with `tower` items have planted features;
    items may be swapped within their group; with `warm` most of all rows start at given ones; with `n_given` items have
    planted vectors of that length; with `foretells` baskets have planted labels.
    """
    chosen = EmbeddingSettings(**(SMALL.model_dump() | settings))
    folder.mkdir(parents=True, exist_ok=True)
    baskets = planted_baskets(800)
    np.save(folder / COUNTS, np.bincount(np.concatenate(baskets), minlength=N_ITEMS), allow_pickle=False)
    later = planted_baskets(90, seed=2)
    for shard in range(chosen.shards):
        mine = baskets[shard :: chosen.shards]
        _write(folder / shard_name(shard), mine, planted_labels(mine) if foretells else None)
        if validates:
            _write(folder / holdout_name(shard), [] if shard == chosen.shards - 1 else later[shard :: chosen.shards])
    np.save(folder / FEATURES, planted_features(), allow_pickle=False)
    np.save(folder / TYPES, planted_features()[:, 0], allow_pickle=False)
    n_tokens, n_features = steps * chosen.shards * chosen.slots, N_GROUPS + 1 if tower else 0
    np.save(folder / GIVEN, planted_given(n_given), allow_pickle=False)
    n_labels = N_GROUPS if foretells else 0
    if warm:
        given = planted_start(n_features + n_given, chosen.embedding_dim)
        start = Start(given, np.isfinite(given).all(axis=1)).with_new(n_labels, at=N_ITEMS)
        np.save(folder / START, start.rows, allow_pickle=False)
        np.save(folder / FROZEN, start.is_known, allow_pickle=False)
    more = {"n_features": n_features, "is_warm": warm, "n_labels": n_labels, "n_given": n_given}
    return Spec(str(folder), N_ITEMS, n_tokens, 3, chosen, validates, **more)


def pair_folder(folder: Path, steps: int = 60, **settings: object) -> Spec:
    """The same for the pair head, with baskets set apart."""
    small = {"pair_dim": 8, "pair_hidden": (12, 6), "learning_rate": 0.1, "pair_learning_rate": 0.3}
    spec = work_folder(folder, steps, validates=True, **(small | settings))
    return pair_spec(folder, spec.n_items, spec.n_tokens, spec.seed, own_settings(spec.settings))


def planted_labels(baskets: list[list[int]]) -> list[int]:
    """What follows from the group of a basket's items; every fifth basket has none."""
    return [NO_LABEL if n % 5 == 4 else (3 * basket[0] + 1) % N_GROUPS for n, basket in enumerate(baskets)]


def _write(path: Path, baskets: list[list[int]], labels: list[int] | None = None) -> None:
    columns = {"items": pa.array(baskets, pa.list_(pa.int32()))}
    if labels is not None:
        columns["label"] = pa.array(labels, pa.int32())
    pq.write_table(pa.table(columns), path, row_group_size=64)
