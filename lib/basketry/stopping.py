"""A step that its scheduler stops (SIGTERM) ends within GRACE_SECONDS with exit code 143, and its children with it."""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import psutil

# What a shell says of a process that SIGTERM ended.
STOPPED = 128 + signal.SIGTERM
# Schedulers kill 10 s after SIGTERM or later.
GRACE_SECONDS = 7.0
LOOK_EVERY = 0.5


class Stopped(BaseException):
    """The step was told to stop. No Exception: what handles failures on the way must not take it for one."""


class Order:
    """Whether the step was told to stop; `break_off`, called in a thread of its own, then ends what it waits for."""

    def __init__(self) -> None:
        self.is_given = False
        self.break_off: Callable[[], object] = int
        self._is_heard = False
        self._lock = threading.Lock()

    def obey(self, *_: Any) -> NoReturn:
        self.is_given = True
        _raise()

    def insist(self) -> None:
        """Break off again and again until it is heard: a job that the step was about to begin is not there at first."""
        while True:
            with self._lock:
                if self._is_heard:
                    return
                self.break_off()
            time.sleep(LOOK_EVERY)

    def heard(self) -> None:
        """What the step does from now on, to leave things in order, is not broken off."""
        with self._lock:
            self._is_heard = True


@contextmanager
def stoppable(*, ends_with_parent: bool) -> Iterator[Order]:
    """SIGTERM raises Stopped here, in the main thread; what still runs GRACE_SECONDS later is killed.

    `ends_with_parent`: the end of the process that started this one counts as SIGTERM. Elsewhere than in a main thread
    nothing is watched. Leaves by SystemExit(143).
    """
    order = Order()
    if threading.current_thread() is not threading.main_thread():
        yield order
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # Python calls a handler when the main thread comes back to it, which a long call of C may delay: the pipe does not.
    pipe_before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    handler_before = signal.signal(signal.SIGTERM, order.obey)
    parent = os.getppid() if ends_with_parent else None
    threading.Thread(target=_watch, args=(reader, parent, order), daemon=True, name="stopping").start()
    try:
        yield order
    except Stopped:
        raise SystemExit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, handler_before)
        signal.set_wakeup_fd(pipe_before)
        os.close(writer)


def run_stoppable(command: Sequence[str]) -> int:
    """Run spark-submit; its exit code, as a shell gives it.

    SIGTERM goes on to the driver that it started: only while spark-submit's JVM lives can the step record its end.
    """
    before = signal.signal(signal.SIGTERM, _raise)
    process = subprocess.Popen(command)  # noqa: S603
    try:
        code = process.wait()
    except Stopped:
        return _stop(psutil.Process(process.pid))
    except KeyboardInterrupt:
        # A terminal's Ctrl-C has reached it as well.
        process.wait()
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, before)
    return code if code >= 0 else 128 - code


def end_family(head: psutil.Process, *, spare_head: bool = False) -> None:
    """Kill a process and all it started."""
    family = [*_below(head), *([] if spare_head else [head])]
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(family, timeout=1)


def _raise(*_: Any) -> NoReturn:
    # Told once is enough: a second signal must not break off what the first began.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped


def _watch(reader: int, parent: int | None, order: Order) -> None:
    """Until the step is over, which closes the pipe: when told to stop, give it time, then end this process."""
    while True:
        told = b""
        if select.select([reader], [], [], LOOK_EVERY)[0]:
            told = os.read(reader, 100)
            if not told:
                os.close(reader)
                return
        if signal.SIGTERM in told:
            break
        if parent is not None and os.getppid() != parent:
            parent = None
            os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=order.insist, daemon=True, name="breaking off").start()
    # Whatever comes of it, also an interpreter that cannot end for a thread that waits.
    time.sleep(GRACE_SECONDS)
    end_family(psutil.Process(), spare_head=True)
    os._exit(STOPPED)


def _stop(submitted: psutil.Process) -> int:
    for each in submitted.children() or [submitted]:
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    with suppress(psutil.TimeoutExpired):
        submitted.wait(GRACE_SECONDS + 1)
    end_family(submitted)
    return STOPPED


def _below(head: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return head.children(recursive=True)
    return []
