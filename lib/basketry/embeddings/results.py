"""What the workers leave in the work folder, read by the driver."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings import worker
from basketry.embeddings.checkpoints import sha256_of
from basketry.embeddings.spec import Spec
from basketry.errors import TrainingError

PRINTED = "workers.txt"
LINES_SHOWN = 15
# How horovodrun names the worker that ended first.
ENDED = ("Process name:", "Exit code:")


def trained_rows(spec: Spec) -> NDArray[np.float32]:
    """[n_rows, 2 dim + 1]. Raises TrainingError when they are not there or not what the first worker wrote."""
    if not spec.path(worker.MANIFEST).exists():
        raise TrainingError(f"embeddings: the workers ended without a result in {spec.folder}")
    manifest = json.loads(spec.path(worker.MANIFEST).read_text(encoding="utf-8"))
    path = spec.path(worker.ROWS)
    if manifest["sha256"] != sha256_of(path):
        raise TrainingError(f"embeddings: {path} is damaged: its checksum differs from the manifest's; train again")
    rows: NDArray[np.float32] = np.load(path, allow_pickle=False)
    return rows


def without_labels(rows: NDArray[np.float32], spec: Spec) -> NDArray[np.float32]:
    """[items + features, 2 dim + 1] of the table's rows [n_rows, 2 dim + 1]."""
    return np.delete(rows, np.s_[spec.n_items : spec.n_items + spec.n_labels], axis=0)


def log_rows(spec: Spec) -> list[dict[str, Any]]:
    """The rows the first worker has logged so far; a line it is just writing is left for later."""
    path = spec.path(worker.LOG)
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def fault(spec: Spec, what: str) -> str:
    """What a worker said itself, else `what`, which worker ended first, and the end of what all printed."""
    said = spec.path(worker.FAULT)
    if said.exists():
        return said.read_text(encoding="utf-8")
    lines = _printed(spec)
    ended = " ".join(line for line in lines if line.startswith(ENDED)).lower()
    return "\n  ".join([f"embeddings: {what}; nothing was published{ended and f' ({ended})'}", *lines[-LINES_SHOWN:]])


def _printed(spec: Spec) -> list[str]:
    path = spec.path(PRINTED)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return [line for line in text.splitlines() if line.strip()]
