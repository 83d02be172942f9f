"""What is known of an item besides who buys it, as numbers: an item's vector is the sum of those of its features.

Department, category, type, brand and size count as they are; of the name each run of one or two words, hashed.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import ContractError

NONE = -1
Ints = NDArray[np.int32]


class Features(NamedTuple):
    """[items, width] numbers of the features of the items that are trained, and of the `cold` ones, which are not.

    Features are numbered from 0; NONE where an item has fewer. Only those of a trained item count: n of them.
    `given` [trained and cold items, k]: vectors that the user gives, zeros where an item has none.
    """

    trained: Ints
    cold: Ints
    cold_items: list[str]
    n: int
    given: NDArray[np.float32] | None = None

    @property
    def n_given(self) -> int:
        """Length of the given vectors, and so rows of their projection; 0 when there are none."""
        return 0 if self.given is None else self.given.shape[1]


def features_of(items: pa.Table, trained: Sequence[str], settings: EmbeddingSettings) -> Features:
    """Features of the trained items by item_id and columns of silver.items, and of every other one whose first feature
    some trained item has.

    Bounded by the driver: some hundred bytes an item of silver.items. Raises ContractError when it knows none of the
    trained ones.
    """
    words = _words(items, settings)
    number: dict[str, int] = {}
    of_trained = [[number.setdefault(word, len(number)) for word in words.get(item, ())] for item in trained]
    if not number:
        raise ContractError(
            f"silver.items: no item in enough baskets has a {', '.join(settings.features)}; give a product table, or "
            "set embeddings.features to []"
        )
    learnt = set(trained)
    cold = sorted(item for item, found in words.items() if item not in learnt and found and found[0] in number)
    of_cold = [[number[word] for word in words[item] if word in number] for item in cold]
    width = max(map(len, [*of_trained, *of_cold]))
    return Features(_padded(of_trained, width), _padded(of_cold, width), cold, len(number))


def no_features(n_items: int) -> Features:
    """Every item is its own vector."""
    return Features(np.empty((n_items, 0), np.int32), np.empty((0, 0), np.int32), [], 0)


def composed(rows: NDArray[np.float32], n_trained: int, features: Features) -> NDArray[np.float32]:
    """[trained and cold items, 2 dim + 1] of the table [trained items + features + k, 2 dim + 1]: the sum of the rows
    of an item's features, its given vector times the last k rows, and its own row where it is trained.
    """
    own = np.concatenate([rows[:n_trained], np.zeros((len(features.cold), rows.shape[1]), np.float32)])
    for column in np.concatenate([features.trained, features.cold]).T:
        known = column != NONE
        own[known] += rows[n_trained + column[known]]
    if features.given is not None:
        own += features.given @ rows[n_trained + features.n :]
    return own


def _words(items: pa.Table, settings: EmbeddingSettings) -> dict[str, list[str]]:
    """What each item of silver.items has, in the order of the settings, each once: `category=SOUP`, `name#3127`."""
    columns = [name for name in settings.features if name in items.column_names]
    found = items.to_pydict()
    lists = zip(*(found[name] for name in columns), strict=True) if columns else [()] * len(found["item_id"])
    told = (list(dict.fromkeys(_of_item(columns, values, settings.name_buckets))) for values in lists)
    return dict(zip(found["item_id"], told, strict=True))


def _of_item(columns: Sequence[str], values: Sequence[str | None], buckets: int) -> Iterator[str]:
    for column, value in zip(columns, values, strict=True):
        if value and column == "name":
            parts = re.findall(r"\w+", value.lower())
            runs = [*parts, *(f"{one} {other}" for one, other in pairwise(parts))]
            # Not Python's hash, which differs from process to process.
            yield from (f"name#{crc32(run.encode()) % buckets}" for run in runs)
        elif value:
            yield f"{column}={value}"


def _padded(lists: list[list[int]], width: int) -> Ints:
    found = np.full((len(lists), width), NONE, np.int32)
    for row, numbers in zip(found, lists, strict=True):
        row[: len(numbers)] = numbers
    return found
