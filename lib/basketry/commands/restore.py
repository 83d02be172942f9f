"""`basketry restore`."""

from typing import Annotated

import typer
from rich.console import Console

from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.restore import restore_run


def restore(
    run_id: Annotated[str, typer.Argument(help="A run, as `basketry runs` names it")],
    step: Annotated[list[str] | None, typer.Argument(help="Steps of it [default: all]")] = None,
    config: Config = None,
    assign: Assign = None,
) -> None:
    """Put the tables of a past run back to what it left, as new versions; later runs of its steps are withdrawn."""
    console = Console(highlight=False)
    for table, then, now in restore_run(open_lake(flags(config, assign)).store, run_id, step or []):
        said = "stands" if now == then else f"restored, now version {now}"
        console.print(f"{table!s:28} version {then}: {said}", markup=False)
    console.print("the next run makes anew what is not up to date: mend the cause first", style="dim")
