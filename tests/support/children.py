"""Jobs as processes of their own, and what a test asks of processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[2]


def started(lake, step, where, *flags, hold_in=None, **environ):
    """tests.support.killed on the lake, in a process group of its own; its log (JSON lines) is read from `stderr`."""
    flags = (f"--set=lake.root={lake.root}", f"--set=lake.raw={lake.raw}", "--set=spark.shuffle_partitions=2", *flags)
    command = [sys.executable, "-m", "tests.support.killed", step, where, *flags]
    environ = os.environ | {"PYSPARK_PYTHON": sys.executable, "HOLD_IN": str(hold_in)} | environ
    log = subprocess.PIPE if hold_in else subprocess.DEVNULL
    return subprocess.Popen(command, cwd=PROJECT, env=environ, start_new_session=True, stderr=log, text=True)


def wait_for(condition, seconds=300, process=None):
    """Until it holds; a process given must live meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.1)


def family(pid: int) -> list[psutil.Process]:
    """The process and all that it started."""
    head = psutil.Process(pid)
    return [head, *head.children(recursive=True)]


def alive(processes) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
