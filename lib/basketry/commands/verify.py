"""`basketry verify`."""

from typing import Annotated

import typer
from rich.console import Console

from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.errors import GateError
from basketry.verify import Verdict, verify_run


def verify(
    run_id: Annotated[str, typer.Argument(help="A run, as `basketry runs` names it")],
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Run every step of a past run again from the table versions it read, and compare what it writes."""
    console = Console(highlight=False)
    faults = 0
    for verdict in verify_run(open_lake(flags(config, assign)).store, run_id):
        faults += bool(verdict.fault)
        mark, said = _said(verdict)
        console.print(f"{mark:8} {verdict.step:18} {verdict.table:24} {said}", style="red" if verdict.fault else "")
    if faults:
        raise GateError(f"{run_id}: {faults} table(s) differ from what the run wrote; code or raw files changed since")
    console.print("the run is reproduced", style="bold green")


def _said(verdict: Verdict) -> tuple[str, str]:
    if verdict.rows is None:
        return "left out", "its noise is drawn once; ops.privacy_ledger has the release"
    return ("DIFFERS", verdict.fault) if verdict.fault else ("same", f"{verdict.rows:,} rows")
