"""What changed in a table since a step last read it, where its outputs still are what it left then."""

from collections.abc import Sequence
from typing import NamedTuple

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row

from basketry.freshness import stand
from basketry.job import Run, within
from basketry.runs import code_version, last_run, other_settings
from basketry.tables import Table

# Of so many rows changed, doing all anew costs less than to follow them.
MOST_CHANGED = 0.2
# Of fewer rows too: bench/updating.py rules.
FEWEST_ROWS = 400_000


class Since(NamedTuple):
    """The inputs as the last finished run of the step read them, and every change of the first of them since."""

    inputs: tuple[DataFrame, ...]
    feed: DataFrame


def since_last_run(run: Run, inputs: Sequence[Table], outputs: Sequence[Table], same: Sequence[str]) -> Since | None:
    """What `outputs` can be brought up to date from; None, and it is said why, when they must be made anew.

    `inputs` are read already; `same`: paths of settings that must be what they were. A replay makes everything anew,
    and so proves the rest.
    """
    if run.scratch:
        return None
    found = _followed(run, inputs, outputs, same)
    if isinstance(found, Since):
        return found
    run.progress(f"everything is counted: {found}")
    return None


def _followed(run: Run, inputs: Sequence[Table], outputs: Sequence[Table], same: Sequence[str]) -> Since | str:
    """What changed, or why that is not followed."""
    n = run.store.read(inputs[0], run.input_versions[str(inputs[0])]).count()
    if n < FEWEST_ROWS:
        return f"{n:,} rows of {inputs[0]} are so few that it takes no longer"
    last = last_run(run.store, [run.step.name])
    if last is None:
        return "no earlier run"
    return _fault(run, last, outputs, same) or _read(run, last, inputs, n)


def _fault(run: Run, last: Row, outputs: Sequence[Table], same: Sequence[str]) -> str:
    """Why the outputs are not what this run would have left then; empty when they are."""
    if last["code_version"] != code_version():
        return "another version of basketry counted last"
    others = other_settings(last["settings"], run.settings.to_json(), {path.split(".")[0] for path in same})
    others = [text for text in others if text.split(":")[0] in same]
    if others:
        return f"other settings ({'; '.join(others)})"
    if (last["from_on"], last["to_on"]) != (run.arguments.from_on, run.arguments.to_on):
        return "another period"
    moved = [str(table) for table in outputs if not stand([table], last["output_versions"], run.store)]
    return f"{', '.join(moved)} is not what run {last['run_id']} left" if moved else ""


def _read(run: Run, last: Row, inputs: Sequence[Table], n: int) -> Since | str:
    """What changed, of `n` rows now, or why that cannot be read."""
    read = [run.as_read_by(last, table) for table in inputs]
    found = tuple(table for table in read if table is not None)
    name = str(inputs[0])
    if len(found) < len(read):
        return "files of what was counted then are deleted"
    try:
        feed = _feed(run, inputs[0], last["input_versions"][name]).persist()
        n_changed = feed.select(*inputs[0].key).distinct().count()
    except PySparkException:
        return f"the change feed of {name} since is deleted"
    if n_changed > MOST_CHANGED * n:
        return f"{n_changed:,} of {n:,} rows of {name} changed"
    run.progress(f"rows of {name} changed since run {last['run_id']}", rows=n_changed)
    return Since(found, feed)


def _feed(run: Run, table: Table, version: int) -> DataFrame:
    now = run.input_versions[str(table)]
    # Delta refuses a feed of no versions.
    feed = run.store.changes(table, min(version, now - 1), now)
    feed = feed if version < now else feed.limit(0)
    return within(feed, table, run.arguments.from_on, run.arguments.to_on)
