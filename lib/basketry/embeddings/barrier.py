"""Horovod workers inside Spark's executors, one a task, all at once or none: Spark's barrier mode.

Each task starts its worker as a process of its own and gives it its place among the others, by Horovod's own rendezvous
server in the first task, and the GPUs that Spark gave the task, where it asked for any.
"""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil
from horovod.runner.common.util.hosts import SlotInfo
from horovod.runner.http.http_server import RendezvousServer
from pyspark import BarrierTaskContext
from pyspark.sql import SparkSession

from basketry.embeddings.orphans import end_with_parent
from basketry.embeddings.results import PRINTED
from basketry.embeddings.spec import Spec, load_spec

STARTED = "started"


class Place(NamedTuple):
    """Of one worker: its rank among all, among those of its machine, and its machine's rank among those with such."""

    hostname: str
    rank: int
    size: int
    local_rank: int
    local_size: int
    cross_rank: int
    cross_size: int


def places(hosts: Sequence[str]) -> list[Place]:
    """The place of each task, given each task's host: ranks count up host by host, in the order hosts first appear."""
    order = {host: number for number, host in enumerate(dict.fromkeys(hosts))}
    by_rank = sorted(range(len(hosts)), key=lambda task: (order[hosts[task]], task))
    of_host, of_local_rank = Counter(hosts), Counter[int]()
    seen, found = Counter[str](), {}
    for rank, task in enumerate(by_rank):
        host = hosts[task]
        found[task] = (rank, seen[host], of_local_rank[seen[host]])
        of_local_rank[seen[host]] += 1
        seen[host] += 1
    return [
        Place(hosts[task], rank, len(hosts), local, of_host[hosts[task]], cross, of_local_rank[local])
        for task, (rank, local, cross) in sorted(found.items())
    ]


def run_in_barrier(spec: Spec, spark: SparkSession) -> list[list[str] | None]:
    """Train in one barrier stage, to its end: the GPUs of each task's worker, or None where none was started."""
    spec_file, n = str(spec.save()), spec.settings.workers

    def task(_: Iterable[int]) -> Iterable[list[str] | None]:
        yield run_worker(BarrierTaskContext.get(), spec_file)

    return spark.sparkContext.parallelize(range(n), n).barrier().mapPartitions(task).collect()


def run_worker(context: BarrierTaskContext, spec_file: str) -> list[str] | None:
    """One task's worker, to its end; gives the GPUs it had.

    When it fails so does the task, and Spark ends those of the other workers, hung ones too. Spark then starts the
    stage anew, as after the loss of an executor: in the folder lies what the first attempt left, so no worker starts.
    """
    spec = _shared_spec(spec_file)
    if spec.path(STARTED).exists():
        return None
    hosts = [info.address.rpartition(":")[0] for info in context.getTaskInfos()]
    mine = places(hosts)[context.partitionId()]
    server, address = _rendezvous(hosts) if mine.rank == 0 else (None, "")
    gpu = context.resources().get("gpu")
    gpus = gpu.addresses if gpu else []
    environ = _environ(mine, next(filter(None, context.allGather(address))), gpus, spec)
    # By now all tasks have looked.
    spec.path(STARTED).touch()
    command = [sys.executable, "-m", "basketry.embeddings.worker", spec_file, "horovod"]
    with spec.path(PRINTED).open("ab") as out:
        done = subprocess.run(  # noqa: S603
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=end_with_parent,
            check=False,
        )
        if done.returncode:
            out.write(f"\nProcess name: {mine.rank}\nExit code: {done.returncode % 256}\n".encode())
            raise RuntimeError(f"worker {mine.rank} ended with exit code {done.returncode}")
    # The server goes last: the others say there that they are done.
    context.barrier()
    if server:
        server.stop()
    return gpus


def _shared_spec(spec_file: str) -> Spec:
    """What the driver wrote. Raises RuntimeError when it is not on this machine."""
    if not Path(spec_file).exists():
        raise RuntimeError(
            f"{spec_file} is not on {socket.gethostname()}: give embeddings.work_dir, a folder that the driver and all "
            "executors see"
        )
    return load_spec(spec_file)


def _rendezvous(hosts: Sequence[str]) -> tuple[RendezvousServer, str]:
    """Where workers find each other, and its address as host:port."""
    server = RendezvousServer()
    port = server.start()
    server.init([SlotInfo(**place._asdict()) for place in places(hosts)])
    return server, f"{socket.gethostbyname(hosts[0])}:{port}"


def _environ(mine: Place, address: str, gpus: Sequence[str], spec: Spec) -> dict[str, str]:
    """What a worker finds in its environment: its place, the way to the others, its GPUs and no other."""
    server, _, port = address.rpartition(":")
    interface = _interface(socket.gethostbyname(mine.hostname))
    return {
        **os.environ,
        **{f"HOROVOD_{name.upper()}": str(value) for name, value in mine._asdict().items()},
        "HOROVOD_CONTROLLER": "gloo",
        "HOROVOD_CPU_OPERATIONS": "gloo",
        "HOROVOD_GLOO_RENDEZVOUS_ADDR": server,
        "HOROVOD_GLOO_RENDEZVOUS_PORT": port,
        "HOROVOD_GLOO_TIMEOUT_SECONDS": str(spec.settings.exchange_timeout),
        **({"HOROVOD_GLOO_IFACE": interface, "NCCL_SOCKET_IFNAME": interface} if interface else {}),
        **({"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {}),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def _interface(address: str) -> str | None:
    """The network interface of this machine that has the address."""
    for name, has in psutil.net_if_addrs().items():
        if any(one.address == address for one in has):
            return name
    return None
