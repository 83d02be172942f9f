"""A job in a process of its own that something befalls: python -m tests.support.killed STEP WHERE FLAGS.

WHERE is before:N or after:N, killed with its JVM at its N-th commit; hold:N, waiting before its N-th write until a file
`go` lies in the folder HOLD_IN; busy:N, in a Spark job without end there; or never. Both leave a file `held` before.
GRACE, where set, is how long a step that is told to stop has (s).
"""

import importlib
import os
import signal
import sys
import time
from pathlib import Path

from pyspark import SparkContext

from basketry import stopping
from basketry.rivals import Outputs
from basketry.tables.store import Store


def main(step: str, where: str, *flags: str) -> None:
    moment, _, number = where.partition(":")
    stopping.GRACE_SECONDS = float(os.environ.get("GRACE", stopping.GRACE_SECONDS))
    if moment in ("before", "after"):
        befall(Store, "_commit", number, {moment: lambda: os.killpg(0, signal.SIGKILL)})
    elif moment != "never":
        befall(Outputs, "refuse_rivals", number, {"before": {"hold": hold, "busy": be_busy}[moment]})
    importlib.import_module(f"basketry.jobs.{step}").main(list(flags))


def befall(owner, method, number, acts):
    """At the call of that number, do what `acts` has for before and after it."""
    original, seen = getattr(owner, method), 0

    def replaced(*arguments):
        nonlocal seen
        seen += 1
        mine = acts if str(seen) == number else {}
        mine.get("before", int)()
        done = original(*arguments)
        mine.get("after", int)()
        return done

    setattr(owner, method, replaced)


def hold():
    folder = Path(os.environ["HOLD_IN"])
    (folder / "held").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)


def be_busy():
    (Path(os.environ["HOLD_IN"]) / "held").touch()
    SparkContext.getOrCreate().parallelize([1], 1).foreach(lambda _: time.sleep(600))


if __name__ == "__main__":
    main(*sys.argv[1:])
