"""A standalone Spark cluster on loopback: a master and two workers of one core, each with what passes for a GPU."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyspark

from tests.support.children import PROJECT, wait_for
from tests.support.compiled import INTERPRETED

HOST = "127.0.0.1"
N_WORKERS = 2
SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
# Young JVMs on few cores: compile once, collect with one thread.
YOUNG = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@dataclass(frozen=True)
class Cluster:
    """`package` is what `make package` wrote; jobs run in `folder`, outside the sources."""

    url: str
    folder: Path
    package: Path
    workers: list[psutil.Process]

    def submit(self, *argv, master=None, **options):
        """dist/submit as a process; what it and the drivers print is one text."""
        small = [
            "spark.driver.memory=1g",
            "spark.executor.memory=1g",
            "spark.executor.cores=1",
            "spark.ui.enabled=false",
            *(f"spark.{side}.extraJavaOptions={YOUNG} -Xss16m" for side in ("driver", "executor")),
            *(f"{name}={value}" for name, value in INTERPRETED.items()),
        ]
        command = [
            *(sys.executable, self.package / "submit", *argv, "--master", master or self.url),
            *(f"--conf={pair}" for pair in small),
        ]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )

    def executors(self) -> list[psutil.Process]:
        return [each for each in self._below() if "CoarseGrainedExecutorBackend" in " ".join(_words(each))]

    def pythons(self) -> set[str]:
        """What the executors' Python workers of now were started as."""
        started = [_words(each) for each in self._below()]
        return {words[0] for words in started if "pyspark.daemon" in words}

    def _below(self) -> list[psutil.Process]:
        return [child for worker in self.workers for child in worker.children(recursive=True)]


def environ(**over):
    # Executors must run this Python, and import the library from the zip alone.
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SPARK_HOME")}
    return kept | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": HOST} | over


@contextmanager
def standalone(folder: Path):
    """The cluster, up; down afterwards with all that still runs on it."""
    subprocess.run([PROJECT / "scripts" / "package"], check=True, capture_output=True)
    package, port, page = PROJECT / "dist", _free_port(), _free_port()
    url, started = f"spark://{HOST}:{port}", []
    options = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": YOUNG, "PATH": _with_a_gpu(folder)}

    def start(*words):
        log = (folder / f"daemon-{len(started)}.log").open("wb")
        started.append(
            subprocess.Popen(
                [SPARK_CLASS, *words],
                cwd=folder,
                env=environ(**options),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        )

    try:
        start("org.apache.spark.deploy.master.Master", "--host", HOST, "--port", str(port), "--webui-port", str(page))
        properties = folder / "worker.conf"
        properties.write_text(
            f"spark.worker.resource.gpu.amount 1\nspark.worker.resource.gpu.discoveryScript {package / 'find_gpus'}\n"
        )
        for number in range(N_WORKERS):
            own = ("--host", HOST, "--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"worker-{number}"))
            start("org.apache.spark.deploy.worker.Worker", *own, "--properties-file", str(properties), url)
        wait_for(lambda: _n_alive(page) == N_WORKERS, process=started[0])
        yield Cluster(url, folder, package, [psutil.Process(each.pid) for each in started[1:]])
    finally:
        for each in started:
            _end(each)


def _end(daemon):
    """With the executors below it."""
    below = psutil.Process(daemon.pid).children(recursive=True) if daemon.poll() is None else []
    with suppress(ProcessLookupError):
        os.killpg(daemon.pid, signal.SIGKILL)
    for each in below:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    daemon.wait()


def _with_a_gpu(folder: Path) -> str:
    """A PATH with an nvidia-smi that lists one GPU."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho 0\n")
    (tools / "nvidia-smi").chmod(0o755)
    return f"{tools}{os.pathsep}{os.environ['PATH']}"


def _n_alive(page: int) -> int:
    with suppress(OSError), urllib.request.urlopen(f"http://{HOST}:{page}/json/", timeout=5) as answer:
        return int(json.load(answer)["aliveworkers"])
    return 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []
