"""What names a training: the samples in its folder, the settings, and the shape of its table."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.pairs.layout import n_head_rows
from basketry.embeddings.settings import EmbeddingSettings

COUNTS, FEATURES = "counts.npy", "features.npy"
TYPES, GIVEN = "types.npy", "given.npy"
START, FROZEN = "start.npy", "frozen.npy"


@dataclass(frozen=True)
class Spec:
    """All a worker needs to know; plain values. `n_tokens` counts the items of all baskets.

    `validates`: the folder also holds baskets of a holdout. `checkpoints`: the folder for those of this training,
    `identity`, if any are kept; `resume`: the manifest of the one to go on from. `n_features`: what items have features
    of, none when 0. `is_warm`: the folder holds what to start from. `n_labels`: what next purchases are told by, 0 when
    that is not learnt. `n_given`: length of the vectors the user gives. `task`: what is learnt, and so what a row is;
    pairs have no features, labels or given vectors, and behind the rows of the items those of their network.
    """

    folder: str
    n_items: int
    n_tokens: int
    seed: int
    settings: EmbeddingSettings
    validates: bool = False
    checkpoints: str | None = None
    identity: str = ""
    resume: str | None = None
    n_features: int = 0
    is_warm: bool = False
    n_labels: int = 0
    n_given: int = 0
    task: Literal["completion", "pair"] = "completion"

    @property
    def slots_per_step(self) -> int:
        return self.settings.shards * self.settings.slots

    @property
    def n_steps(self) -> int:
        """Steps that fill as many slots as `epochs` passes have items."""
        return math.ceil(self.settings.epochs * self.n_tokens / self.slots_per_step)

    @property
    def parts(self) -> tuple[int, ...]:
        """Widths of the parts of a row: in-vector, out-vector and bias; of pairs vector and bias."""
        dim = self.settings.embedding_dim
        return (dim, dim, 1) if self.task == "completion" else (dim, 1)

    @property
    def width(self) -> int:
        return sum(self.parts)

    @property
    def n_head(self) -> int:
        """Rows of the pairs' network."""
        return n_head_rows(self.settings) if self.task == "pair" else 0

    @property
    def n_asked(self) -> int:
        """Rows that losses ask for by themselves: the items, then the labels, or the network."""
        return self.n_items + self.n_labels + self.n_head

    @property
    def n_rows(self) -> int:
        """Of the table: what losses ask for, then the features, then the projection of given vectors."""
        return self.n_asked + self.n_features + self.n_given

    @property
    def learning_rate_set(self) -> str:
        """The setting that a training which runs away needs lower, and what it is."""
        name = "pair_learning_rate" if self.task == "pair" else "learning_rate"
        return f"embeddings.{name} = {self.settings.learning_rate}"

    @property
    def counts(self) -> NDArray[np.int64]:
        """[items] baskets that hold each item, most frequent first."""
        return cast(NDArray[np.int64], np.load(self.path(COUNTS), allow_pickle=False))

    @property
    def features(self) -> NDArray[np.int32]:
        """[items + labels, width] numbers of their features, negative ones none; a label has none."""
        if not self.n_features:
            return np.empty((self.n_items + self.n_labels, 0), np.int32)
        found: NDArray[np.int32] = np.load(self.path(FEATURES), allow_pickle=False)
        return np.pad(found, ((0, self.n_labels), (0, 0)), constant_values=-1)

    @property
    def types(self) -> NDArray[np.int32] | None:
        """[items] number of each one's type, negative for none; None when none are swapped."""
        return np.load(self.path(TYPES), allow_pickle=False) if self.settings.swap else None

    @property
    def given(self) -> NDArray[np.float32] | None:
        """[items + labels, n_given] vectors that the user gives, zeros where an item has none, as a label; None when
        nothing is given.
        """
        if not self.n_given:
            return None
        return np.pad(np.load(self.path(GIVEN), allow_pickle=False), ((0, self.n_labels), (0, 0)))

    @property
    def start(self) -> NDArray[np.float32] | None:
        """[n_rows, 2 dim + 1] to start from, NaN where a number is drawn; on disk until it is used."""
        return np.load(self.path(START), mmap_mode="r", allow_pickle=False) if self.is_warm else None

    @property
    def frozen(self) -> NDArray[np.bool_] | None:
        """[n_rows] rows that never move; None when all may."""
        is_any = self.is_warm and self.settings.freeze == "known"
        return np.load(self.path(FROZEN), allow_pickle=False) if is_any else None

    def shard_file(self, shard: int) -> Path:
        return self.path(shard_name(shard))

    def holdout_file(self, shard: int) -> Path:
        return self.path(holdout_name(shard))

    def path(self, name: str) -> Path:
        return Path(self.folder) / name

    def save(self) -> Path:
        """Write the file a worker starts from."""
        plain = {**vars(self), "settings": self.settings.model_dump(mode="json")}
        self.path("spec.json").write_text(json.dumps(plain), encoding="utf-8")
        return self.path("spec.json")


def load_spec(path: str) -> Spec:
    plain = json.loads(Path(path).read_text(encoding="utf-8"))
    return Spec(**{**plain, "settings": EmbeddingSettings.model_validate(plain["settings"])})


def shard_name(shard: int) -> str:
    return f"baskets-{shard:05d}.parquet"


def holdout_name(shard: int) -> str:
    return f"holdout-{shard:05d}.parquet"
