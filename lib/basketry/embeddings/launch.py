"""Start the workers and wait for their result: in one process, by horovodrun, or inside Spark's executors."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from pyspark.sql import SparkSession

from basketry.embeddings import worker
from basketry.embeddings.samples import Spec
from basketry.embeddings.settings import EmbeddingSettings
from basketry.errors import TrainingError

LINES_SHOWN = 15
GLOO_TIMEOUT_SECONDS = "30"

Progress = Callable[..., None]
Floats = NDArray[np.float32]


def launch(spec: Spec, settings: EmbeddingSettings, spark: SparkSession, progress: Progress) -> Floats:
    """The trained table [n_items, 2 d + 1]. Raises TrainingError when a worker cannot start, dies or hangs."""
    spec.save()
    if settings.comm == "spark":
        _in_executors(spec, settings, spark)
    else:
        _in_processes(spec, settings, progress)
    return _result(Path(spec.folder))


def log_rows(folder: Path) -> list[dict[str, Any]]:
    """The rows worker 0 has logged so far; a line it is just writing is left for later."""
    path = folder / worker.LOG
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def _in_processes(spec: Spec, settings: EmbeddingSettings, progress: Progress) -> None:
    command = [sys.executable, "-m", "basketry.embeddings.worker", str(spec.file)]
    if settings.comm == "alone":
        command += ["alone"]
    else:
        hosts = ["-np", str(settings.workers), "-H", f"localhost:{settings.workers}"]
        command = [sys.executable, "-m", "horovod.runner.launch", "--gloo", *hosts, *command, "horovod"]
    output = Path(spec.folder) / "workers.txt"
    environ = os.environ | worker.QUIET | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environ |= {"HOROVOD_GLOO_TIMEOUT_SECONDS": GLOO_TIMEOUT_SECONDS}
    with output.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ, start_new_session=True
        )
        try:
            code = _wait(process, Path(spec.folder), settings.stall_seconds, progress)
        finally:
            _end(process)
    if code:
        raise TrainingError(_fault(Path(spec.folder), f"{settings.n_workers} worker(s) ended with {code}", output))


def _wait(process: subprocess.Popen[bytes], folder: Path, stall_seconds: float, progress: Progress) -> int:
    """The exit code; says each new row of the log. Raises TrainingError when nothing moves for `stall_seconds`."""
    seen, moved = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        rows = log_rows(folder)
        if len(rows) > seen:
            moved = time.monotonic()
            progress("training", **{name: rows[-1][name] for name in ("epoch", "step", "loss")})
            seen = len(rows)
        if time.monotonic() - moved > stall_seconds:
            raise TrainingError(
                _fault(folder, f"no progress for {stall_seconds:g} s, a worker hangs", folder / "workers.txt")
            )
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    """No worker outlives its launcher; horovodrun gives each a session of its own, so they are ended one by one."""
    if process.poll() is None:
        launcher = psutil.Process(process.pid)
        family = [*launcher.children(recursive=True), launcher]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()
        psutil.wait_procs(family, timeout=10)


def _in_executors(spec: Spec, settings: EmbeddingSettings, spark: SparkSession) -> None:
    """One worker a task, all at once; Spark must have that many slots free."""
    import horovod.spark

    slots = spark.sparkContext.defaultParallelism
    if slots < settings.workers:
        raise TrainingError(
            f"embeddings: {settings.workers} workers need as many task slots, Spark has {slots}; "
            "lower embeddings.workers or give the job more cores"
        )
    output = Path(spec.folder) / "workers.txt"
    with output.open("w", encoding="utf-8") as out:
        try:
            horovod.spark.run(
                worker.work,
                args=(str(spec.file), "horovod"),
                num_proc=settings.workers,
                use_gloo=True,
                env=os.environ | worker.QUIET,
                start_timeout=int(settings.stall_seconds),
                stdout=out,
                stderr=out,
            )
        except Exception as error:
            raise TrainingError(_fault(Path(spec.folder), f"workers in Spark failed: {error}", output)) from error


def _fault(folder: Path, what: str, output: Path) -> str:
    """What a worker said itself, else what happened and the end of what the workers printed."""
    said = folder / worker.FAULT
    if said.exists():
        return said.read_text(encoding="utf-8")
    lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n  ".join([f"embeddings: {what}; nothing was published", *lines[-LINES_SHOWN:]])


def _result(folder: Path) -> Floats:
    """The table worker 0 left. Raises TrainingError when it is not there or not what it wrote."""
    manifest = folder / worker.MANIFEST
    if not manifest.exists():
        raise TrainingError(f"embeddings: the workers ended without a result in {folder}")
    if json.loads(manifest.read_text())["sha256"] != sha256((folder / worker.TABLE).read_bytes()).hexdigest():
        raise TrainingError(f"embeddings: {folder / worker.TABLE} is damaged: its checksum differs from the manifest's")
    table: Floats = np.load(folder / worker.TABLE, allow_pickle=False)
    return table
