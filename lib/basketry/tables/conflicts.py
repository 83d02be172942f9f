"""What happens when two runs write one table, or make it, in the same moment."""

import time
from collections.abc import Callable

from delta import exceptions
from pyspark.errors import AnalysisException

from basketry.errors import ContractError

# Each way in which Delta refuses the later of two writers; in Python they have no class in common.
CONFLICTS = (
    exceptions.DeltaConcurrentModificationException,
    exceptions.ConcurrentAppendException,
    exceptions.ConcurrentDeleteDeleteException,
    exceptions.ConcurrentDeleteReadException,
    exceptions.ConcurrentTransactionException,
    exceptions.ConcurrentWriteException,
    exceptions.MetadataChangedException,
    exceptions.ProtocolChangedException,
)
# What Delta says of a folder that is there before the table in it is.
HALF_MADE = ("DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION")
PAUSES_SECONDS = (0.1, 0.3, 1.0, 3.0)


def create_once(make: Callable[[], object], is_made: Callable[[], bool], what: str) -> None:
    """Make a table unless it is there; what another run is making in this moment, as this one would, is waited for.

    Raises ContractError, which begins with `what`, when its folder holds something else.
    """
    for pause in PAUSES_SECONDS:
        if is_made():
            return
        try:
            make()
        except CONFLICTS:
            time.sleep(pause)
        except AnalysisException as error:
            if not any(name in str(error) for name in HALF_MADE):
                raise
            time.sleep(pause)
    if not is_made():
        raise ContractError(
            f"{what} holds files and no finished table: left by a run that was killed as it made it, or something "
            "else. Move the folder away: the step makes the table anew"
        )
