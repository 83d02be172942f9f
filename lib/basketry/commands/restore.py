"""`basketry restore`."""

from typing import Annotated

import typer
from rich.console import Console

from basketry import pipeline
from basketry.commands.forget import STEP, traces
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.run import run_steps
from basketry.restore import restore_run


def restore(
    run_id: Annotated[str, typer.Argument(help="A run, as `basketry runs` names it")],
    step: Annotated[list[str] | None, typer.Argument(help="Steps of it [default: all]")] = None,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Put the tables of a past run back to what it left, as new versions; later runs of its steps are withdrawn."""
    console = Console(highlight=False)
    argv = flags(config, assign)
    opened = open_lake(argv)
    for table, then, now in restore_run(opened.store, run_id, step or []):
        said = "stands" if now == then else f"restored, now version {now}"
        console.print(f"{table!s:28} version {then}: {said}", markup=False)
    # That version may be of a time before a user was forgotten.
    if traces(opened):
        run_steps([pipeline.JOBS[STEP]], argv, opened, console, all_of_them=True)
    console.print("the next run makes anew what is not up to date: mend the cause first", style="dim")
