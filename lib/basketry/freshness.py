"""Whether a step has been done already: by this code, with these settings, from the tables as they stand."""

from collections.abc import Iterable, Mapping
from functools import reduce

from pyspark.sql import Row

from basketry.arguments import Arguments
from basketry.pipeline import Step
from basketry.runs import code_version, last_run
from basketry.tables import Table
from basketry.tables.store import Store
from basketry.tables.upkeep import is_same_since


def done_by(step: Step, arguments: Arguments, store: Store) -> str | None:
    """The last run of the step, when doing it again would give the tables it left; else None.

    A step that reads files, not only tables, is never called done: files have no version.
    """
    last = None if _reads_files(step, arguments) else last_run(store, [step.name])
    if last is None or not _same_question(last, arguments):
        return None
    stands = stand(step.writes, last["output_versions"], store) and stand(step.reads, last["input_versions"], store)
    return str(last["run_id"]) if stands else None


def _reads_files(step: Step, arguments: Arguments) -> bool:
    return any(reduce(getattr, name.split("."), arguments.settings) is not None for name in step.files)


def _same_question(last: Row, arguments: Arguments) -> bool:
    asked = arguments.settings.digest(), arguments.from_on, arguments.to_on, code_version()
    return asked == (last["settings_hash"], last["from_on"], last["to_on"], last["code_version"])


def stand(declared: Iterable[Table], versions: Mapping[str, int], store: Store) -> bool:
    """Whether each table still has the rows it had at the version that the run names."""
    return all(
        str(table) in versions and store.exists(table) and is_same_since(store, table, versions[str(table)])
        for table in declared
    )
