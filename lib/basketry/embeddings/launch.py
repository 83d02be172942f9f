"""Start the workers and wait for their result: in one process, by horovodrun, or inside Spark's executors."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
from pyspark.sql import SparkSession

from basketry.embeddings.orphans import end_with_parent
from basketry.embeddings.results import PRINTED, fault, log_rows
from basketry.embeddings.spec import Spec
from basketry.errors import TrainingError

Progress = Callable[..., None]
LOOK_EVERY = 0.2


def launch(spec: Spec, spark: SparkSession, progress: Progress) -> None:
    """Train; the result lies in the spec's folder. Raises TrainingError when a worker cannot start, dies or hangs."""
    watch = Watch(spec, progress)
    if spec.settings.comm == "spark":
        _in_executors(spec, spark, watch)
    else:
        _in_processes(spec, watch)


class Watch:
    """Follows the log the first worker writes."""

    def __init__(self, spec: Spec, progress: Progress) -> None:
        self._spec, self._progress = spec, progress
        self._seen, self._moved = 0, time.monotonic()

    def report(self) -> None:
        """Say the newest row, once."""
        rows = log_rows(self._spec)
        if len(rows) > self._seen:
            rate = sum(row["n_examples"] for row in rows) / rows[-1]["seconds"]
            # `step` is taken: every event carries the name of the pipeline's step.
            done = {"epoch": rows[-1]["epoch"], "batch": rows[-1]["step"], "of": self._spec.n_steps}
            self._progress("training", **done, loss=rows[-1]["loss"], examples_per_s=round(rate))
            self._seen, self._moved = len(rows), time.monotonic()

    def check(self) -> None:
        """Raise TrainingError when no row has come for `stall_seconds`."""
        if time.monotonic() - self._moved > self._spec.settings.stall_seconds:
            raise TrainingError(fault(self._spec, f"no progress for {self._spec.settings.stall_seconds} s: a hang"))

    def ended(self, gpus: list[list[str] | None]) -> None:
        """Say which GPUs the workers had."""
        self._progress("workers are done", gpus=gpus)


def _in_processes(spec: Spec, watch: Watch) -> None:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with spec.path(PRINTED).open("wb") as out:
        # Its own session: a terminal's Ctrl-C reaches the driver alone, which then ends the workers.
        process = subprocess.Popen(  # noqa: S603
            _command(spec),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environ,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        try:
            while process.poll() is None:
                watch.report()
                watch.check()
                time.sleep(LOOK_EVERY)
        finally:
            _end(process)
    if process.returncode:
        raise TrainingError(fault(spec, f"the workers ended with exit code {process.returncode}"))


def _command(spec: Spec) -> list[str]:
    settings = spec.settings
    work = [sys.executable, "-m", "basketry.embeddings.worker", str(spec.save())]
    if settings.comm == "alone":
        return [*work, "alone"]
    n, timeout = str(settings.workers), str(settings.exchange_timeout)
    start = ["--gloo", "-np", n, "-H", f"localhost:{n}", "--network-interface", "lo", "--gloo-timeout-seconds", timeout]
    return [sys.executable, "-m", "horovod.runner.launch", *start, *work, "horovod"]


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


def _in_executors(spec: Spec, spark: SparkSession, watch: Watch) -> None:
    """One worker a task, all at once; Spark must have that many slots free."""
    slots = spark.sparkContext.defaultParallelism
    if slots < spec.settings.workers:
        raise TrainingError(
            f"embeddings: {spec.settings.workers} workers need as many task slots, Spark has {slots}; "
            "lower embeddings.workers or give the job more cores"
        )
    group = f"train embeddings in {spec.folder}"
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(_run_in_spark, spec, spark, group)
        try:
            while not ended.done():
                watch.report()
                watch.check()
                time.sleep(LOOK_EVERY)
        except BaseException:
            spark.sparkContext.cancelJobGroup(group)
            raise
    error = ended.exception()
    if error or None in ended.result():
        raise TrainingError(fault(spec, f"workers in Spark failed{f': {error}' if error else ''}")) from error
    watch.ended(ended.result())


def _run_in_spark(spec: Spec, spark: SparkSession, group: str) -> list[list[str] | None]:
    # Horovod is not there for who trains alone.
    from basketry.embeddings.barrier import run_in_barrier

    spark.sparkContext.setJobGroup(group, "training of item embeddings", interruptOnCancel=True)
    return run_in_barrier(spec, spark)
