"""No worker outlives what started it, however that ends."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def end_with_parent() -> None:
    """For `preexec_fn`: the kernel kills this process when the thread that started it ends. Linux only."""
    if _prctl:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
