"""What one worker process does: train, and at rank 0 leave the table, its checksum and the log in the work folder.

python -m basketry.embeddings.worker SPEC.json alone|horovod
"""

import json
import os
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np

from basketry.embeddings.samples import load_spec
from basketry.errors import BasketryError

TABLE, MANIFEST, LOG, FAULT = "table.npy", "manifest.json", "log.jsonl", "fault.txt"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


def work(spec_file: str, kind: str) -> None:
    """Train from a spec file; plain values in, files out. A fault is left in the folder for the driver."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from basketry.embeddings.comm import Alone, Horovod
    from basketry.embeddings.devices import prepare
    from basketry.embeddings.train import train

    spec = load_spec(spec_file)
    folder = Path(spec.folder)
    comm = Horovod() if kind == "horovod" else Alone()
    prepare(spec.threads, comm.local_rank)
    try:
        with (folder / LOG if comm.rank == 0 else Path(os.devnull)).open("a", encoding="utf-8") as out:
            table = train(spec, comm, lambda row: print(json.dumps(row), file=out, flush=True))
    except Exception as error:
        _confess(folder, comm.rank, error)
        raise
    if comm.rank == 0:
        _leave(folder, table)


def _confess(folder: Path, rank: int, error: Exception) -> None:
    """Leave what happened for the driver; the first fault stands, those of the other workers follow from it."""
    known = isinstance(error, BasketryError)
    text = str(error) if known else f"embeddings: worker {rank}: {type(error).__name__}: {error}; nothing was published"
    with suppress(FileExistsError), (folder / FAULT).open("x", encoding="utf-8") as out:
        out.write(text)


def _leave(folder: Path, table: np.ndarray) -> None:
    """The manifest comes last: a table without one was never finished."""
    np.save(folder / TABLE, table, allow_pickle=False)
    digest = sha256((folder / TABLE).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps({"sha256": digest, "shape": table.shape}), encoding="utf-8")


if __name__ == "__main__":
    work(*sys.argv[1:])
