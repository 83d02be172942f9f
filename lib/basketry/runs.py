"""ops.runs: one row a step and run, failures included."""

import json
import random
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from signal import SIGINT
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from basketry import __version__
from basketry.errors import BasketryError, BusyError
from basketry.stopping import STOPPED, Stopped
from basketry.tables import RUNS
from basketry.tables.store import Store

if TYPE_CHECKING:
    from basketry.job import Run

# Installed for development, the jobs lie in a folder of their own.
PACKAGES = ("basketry", "basketry.jobs")
TRIES = 8
FIRST_PAUSE_SECONDS = 0.25


@dataclass(frozen=True)
class Outcome:
    """How a step ended: exit code and, when it failed, its message."""

    exit_code: int = 0
    message: str | None = None


def outcome_of(error: BaseException) -> Outcome:
    """How a step ended that this error ended."""
    if isinstance(error, Stopped):
        return Outcome(
            STOPPED, "stopped by SIGTERM; every table is whole, as it last was published; run this step again"
        )
    if isinstance(error, BasketryError):
        return Outcome(error.exit_code, str(error))
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        code = error.code
    else:
        code = 128 + SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return Outcome(code, "".join(traceback.format_exception(error)))


def record(run: "Run", started: datetime, outcome: Outcome) -> None:
    """Write the run's row; recording the same run and step again replaces it."""
    row = {
        "run_id": run.run_id,
        "step": run.step.name,
        "outcome": "failed" if outcome.exit_code else "done",
        "exit_code": outcome.exit_code,
        "message": outcome.message,
        "code_version": code_version(),
        "settings_hash": run.settings.digest(),
        "settings": run.settings.to_json(),
        "from_on": run.arguments.from_on,
        "to_on": run.arguments.to_on,
        "input_versions": run.input_versions,
        "output_versions": run.output_versions,
        "rows_in": run.rows_in,
        "rows_out": run.rows_out,
        "rows_rejected": run.rows_rejected,
        "seed": run.settings.seed,
        "started_at": started,
        "ended_at": datetime.now(UTC),
    }
    frame = run.store.spark.createDataFrame([tuple(row[c] for c in RUNS.column_names)], RUNS.schema)
    # Both names matched SAFE_NAME or a declared step, so they hold no quote.
    where = f"run_id = '{run.run_id}' AND step = '{run.step.name}'"
    _retried(lambda: run.store.replace(RUNS, frame, commit_note(run.run_id, run.step.name), where))


def _retried(write: Callable[[], object]) -> None:
    """Every step writes to ops.runs, each its own row: when two do at once, Delta refuses one, which comes again.

    Raises BusyError after the last of TRIES, with pauses drawn from ever longer times.
    """
    for number in range(TRIES):
        try:
            write()
            return
        except BusyError:
            if number == TRIES - 1:
                raise
            time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**number))  # noqa: S311


def last_done(runs: DataFrame, steps: Iterable[str]) -> Row | None:
    """Of the rows of ops.runs: the latest of these steps that ended well."""
    done = runs.where(F.col("step").isin(*steps) & (F.col("outcome") == "done"))
    return done.orderBy(F.desc("ended_at"), "run_id", "step").first()


def last_run(store: Store, steps: Iterable[str]) -> Row | None:
    """The same of a lake, None too where nothing ran yet."""
    return last_done(store.read(RUNS), steps) if store.exists(RUNS) else None


def other_settings(then: str, now: str, sections: Iterable[str]) -> list[str]:
    """`path: value then, value now` for each setting of these sections that differs in two texts of settings."""
    before, after = (dict(_leaves({name: json.loads(text).get(name) for name in sections})) for text in (then, now))
    paths = sorted({path for path in before.keys() | after.keys() if before.get(path) != after.get(path)})
    return [f"{path}: {before.get(path)} then, {after.get(path)} now" for path in paths]


def commit_note(run_id: str, step: str) -> str:
    """The user metadata of a Delta commit: which run and step wrote this version (JSON)."""
    return json.dumps({"run_id": run_id, "step": step})


def read_note(text: str | None) -> dict[str, str]:
    """What commit_note wrote; empty for a commit that someone else made."""
    try:
        found = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def code_version() -> str:
    """The version, and a digest of the library's and the jobs' source that also works inside a zip."""
    here = [package for package in PACKAGES if find_spec(package)]
    digests = {sha256(path.read_bytes()).hexdigest() for package in here for path in _sources(files(package))}
    return f"{__version__}+{sha256(''.join(sorted(digests)).encode()).hexdigest()[:12]}"


def _leaves(nested: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry
