"""Checkpoints: where a training stands, in files that a killed worker or driver leaves behind. Numpy only.

Each is one .npz of arrays and its manifest, step-N.json, which comes last: arrays without one were never finished. Both
are written aside, brought to the disk and renamed. The manifest is JSON in one spelling, with the sha256 of the arrays
and of itself, so that any changed bit of either file is found before numpy reads it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from basketry.embeddings.settings import EmbeddingSettings
from basketry.embeddings.spec import COUNTS, FEATURES, FROZEN, GIVEN, START, TYPES, Spec
from basketry.errors import SettingsError, TrainingError
from basketry.section import canonical, digest
from basketry.tables.store import Store

# Raise it when what the arrays mean, or the order of the stream, changes: older checkpoints are then not gone on from.
FORMAT = 2
# The newest and the one before, which a damaged newest one falls back on.
KEPT = 2
# Settings that change how the training is done, and what is made of it, not its result.
HOW = {"comm", "workers", "exchange", "table_mib", "exchange_timeout", "stall_seconds"}
WHERE = {"work_dir", "checkpoint_dir", "checkpoint_every"}
AFTER = {"n_neighbours", "max_drift"}
Say = Callable[..., None]


class UnsoundCheckpointError(ValueError):
    """A checkpoint that is damaged, unfinished, or of another training."""


@dataclass(frozen=True)
class State:
    """Where a training stands after `step` steps, `skipped` of them left out for their gradient.

    `loss`, `n_examples`: sums of all workers since the last row of the log; `log`: its rows; `seconds`: trained so far.
    """

    step: int
    skipped: int
    loss: float
    n_examples: int
    seconds: float
    log: list[dict[str, Any]] = field(default_factory=list)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def checkpoint_folder(settings: EmbeddingSettings, store: Store, purpose: str) -> Path | None:
    """Where the trainings of one purpose leave their checkpoints; None where the lake is no folder and none is set."""
    if settings.checkpoint_dir is None and (store.catalog or "://" in store.root):
        return None
    return Path(settings.checkpoint_dir or Path(store.root) / "_checkpoints") / purpose


def with_checkpoints(spec: Spec, folder: Path, say: Say) -> Spec:
    """The spec with a place for its checkpoints, and the newest sound one there to go on from.

    Trainings on other baskets or by other settings have other places; their checkpoints are not used, and said.
    Raises SettingsError when the place cannot be made.
    """
    name = identity(spec)
    own = folder / name[:16]
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"embeddings.checkpoint_dir: {own} cannot be made: {error.strerror}; give a folder that driver and workers "
            "write to"
        ) from error
    others = [path for path in folder.iterdir() if path != own and any(path.glob("step-*.json"))]
    if others:
        say("checkpoints of other settings or baskets are not used", folder=str(folder), trainings=len(others))
    newest = newest_sound(own, name, say)
    if newest:
        say("go on from a checkpoint", batch=newest[1].step, of=spec.n_steps, file=str(newest[0]))
    return replace(spec, checkpoints=str(own), identity=name, resume=str(newest[0]) if newest else None)


def identity(spec: Spec) -> str:
    """sha256 of all that decides the result of a training: the samples, the seed and the settings."""
    kinds = COUNTS, FEATURES, TYPES, GIVEN, START, FROZEN, "*.parquet"
    files = sorted(path for kind in kinds for path in Path(spec.folder).glob(kind))
    plain = {
        "format": FORMAT,
        "seed": spec.seed,
        "n_items": spec.n_items,
        "n_tokens": spec.n_tokens,
        "n_labels": spec.n_labels,
    }
    settings = spec.settings.model_dump(mode="json", exclude=HOW | WHERE | AFTER)
    return digest(plain | {"settings": settings, "files": {path.name: sha256_of(path) for path in files}})


def newest_sound(folder: Path, name: str, say: Say) -> tuple[Path, State] | None:
    """The newest checkpoint of the training `name` that is sound; each refused one is said, with the reason."""
    for path in sorted(folder.glob("step-*.json"), reverse=True):
        try:
            return path, load(path, name)
        except UnsoundCheckpointError as fault:
            say("checkpoint refused, the one before is tried", file=str(path), fault=str(fault))
    return None


def load(path: Path, name: str) -> State:
    """The state that a manifest names. Raises UnsoundCheckpointError unless every bit is as it was written."""
    try:
        text = path.read_text(encoding="utf-8")
        manifest = json.loads(text)
        own = manifest.pop("digest")
        expected, said, found_format = manifest.pop("sha256"), manifest.pop("identity"), manifest.pop("format")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise UnsoundCheckpointError(f"its manifest cannot be read: {error}") from error
    signed = {**manifest, "sha256": expected, "identity": said, "format": found_format}
    if own != digest(signed) or text != canonical({**signed, "digest": own}):
        raise UnsoundCheckpointError("its manifest is damaged: it is not what its own checksum says")
    if (found_format, said) != (FORMAT, name):
        raise UnsoundCheckpointError("it is of another training: other baskets, settings, seed or format")
    arrays = path.with_suffix(".npz")
    try:
        if sha256_of(arrays) != expected:
            raise UnsoundCheckpointError("its arrays are damaged: their checksum is not the manifest's")
        with np.load(arrays, allow_pickle=False) as file:
            return State(**manifest, arrays={key: file[key] for key in file.files})
    except OSError as error:
        raise UnsoundCheckpointError(f"its arrays cannot be read: {error.strerror}") from error


def save(folder: Path, name: str, state: State) -> None:
    """Leave a checkpoint, and remove all but the newest ones. Raises TrainingError when it cannot be written."""
    stem = folder / f"step-{state.step:09d}"
    plain = {key: value for key, value in asdict(state).items() if key != "arrays"}
    try:
        _put(stem.with_suffix(".npz"), lambda out: np.savez(out, allow_pickle=False, **state.arrays))
        signed = {**plain, "format": FORMAT, "identity": name, "sha256": sha256_of(stem.with_suffix(".npz"))}
        text = canonical({**signed, "digest": digest(signed)})
        _put(stem.with_suffix(".json"), lambda out: out.write(text.encode()))
    except OSError as error:
        raise TrainingError(
            f"embeddings: the checkpoint {stem} could not be written: {error.strerror}; free its disk, or set "
            "embeddings.checkpoint_dir"
        ) from error
    for path in _outdated(folder):
        path.unlink(missing_ok=True)


def forget(folder: Path | None) -> None:
    """Remove the checkpoints of a purpose, of other trainings too: call it once the result is published."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        # The folder above is shared by other purposes.
        with suppress(OSError):
            folder.parent.rmdir()


def _outdated(folder: Path) -> Iterator[Path]:
    kept = sorted(path.stem for path in folder.glob("step-*.json"))[-KEPT:]
    return (path for path in folder.iterdir() if path.stem not in kept)


def _put(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """The whole file or none: written aside, on the disk, then renamed, and the name on the disk too."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with aside.open("wb") as out:
        write(out)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Of a file, which may be larger than memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
