"""What one worker process does: train, and at rank 0 leave the rows, their checksum and the log in the work folder.

python -m basketry.embeddings.worker SPEC.json alone|horovod
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.checkpoints import sha256_of
from basketry.embeddings.spec import Spec, load_spec
from basketry.errors import BasketryError

ROWS, MANIFEST, LOG, FAULT = "rows.npy", "manifest.json", "log.jsonl", "fault.txt"


def work(spec_file: str, kind: str) -> None:
    """Train from a spec file; plain values in, files out. A fault is left in the folder for the driver."""
    # TensorFlow's C++ side writes pages to standard error when it is loaded.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    spec = load_spec(spec_file)
    try:
        _train(spec, kind)
    except Exception as error:
        _confess(spec, error)
        raise


def _train(spec: Spec, kind: str) -> None:
    from basketry.embeddings.comm import Alone, Horovod
    from basketry.embeddings.devices import use_own_device
    from basketry.embeddings.train import train

    comm = Horovod() if kind == "horovod" else Alone()
    use_own_device(comm.local_rank, comm.local_size)
    with (spec.path(LOG) if comm.rank == 0 else Path(os.devnull)).open("a", encoding="utf-8") as out:
        rows = train(spec, comm, lambda row: print(json.dumps(asdict(row)), file=out, flush=True))
    if rows is not None:
        _leave(spec, rows)


def _confess(spec: Spec, error: Exception) -> None:
    """Leave what happened for the driver; the first fault stands, those of the other workers follow from it.

    A failed exchange only says that some other worker is gone: what started the workers knows which.
    """
    if "Horovod" in str(error):
        return
    known = isinstance(error, BasketryError)
    rank = os.environ.get("HOROVOD_RANK", "0")
    text = str(error) if known else f"embeddings: worker {rank}: {type(error).__name__}: {error}; nothing was published"
    with suppress(FileExistsError), spec.path(FAULT).open("x", encoding="utf-8") as out:
        out.write(text)


def _leave(spec: Spec, rows: NDArray[Any]) -> None:
    """The manifest comes last: rows without one were never finished."""
    path = spec.path(ROWS)
    np.save(path, rows, allow_pickle=False)
    manifest = {"sha256": sha256_of(path), "shape": rows.shape}
    spec.path(MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


if __name__ == "__main__":
    work(*sys.argv[1:])
