"""A job in a process of its own, killed with its JVM at a commit: python -m tests.support.killed STEP WHERE FLAGS.

WHERE is before:N or after:N, the N-th commit of the job, or never.
"""

import importlib
import os
import signal
import sys

from basketry.tables.store import Store


def main(step: str, where: str, *flags: str) -> None:
    moment, _, number = where.partition(":")
    commit, seen = Store._commit, 0

    def killing(store, table, write):
        nonlocal seen
        seen += 1
        is_here = str(seen) == number
        if is_here and moment == "before":
            os.killpg(0, signal.SIGKILL)
        done = commit(store, table, write)
        if is_here and moment == "after":
            os.killpg(0, signal.SIGKILL)
        return done

    Store._commit = killing  # type: ignore[method-assign]
    importlib.import_module(f"basketry.jobs.{step}").main(list(flags))


if __name__ == "__main__":
    main(*sys.argv[1:])
