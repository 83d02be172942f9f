"""`basketry report`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from basketry.arguments import parse_arguments
from basketry.commands.options import Assign, Config, flags, needs_extra, paths_root

OUT = typer.Option("--out", metavar="DIR", help="Folder of report.html, pictures/ and tables/")


def report(out: Annotated[Path, OUT] = Path("report"), config: Config = None, assign: Assign = None) -> None:
    """Write one page of what the lake holds, which needs no network to read, with its pictures and tables as files."""
    settings = parse_arguments(flags(config, assign), os.environ).settings
    root = paths_root(settings.lake)
    # Its libraries are an extra: the other commands go without.
    with needs_extra("report"):
        from basketry.report.build import build_page, open_lake
        from basketry.report.write import write_report
    page = build_page(open_lake(root), settings.report, seed=settings.seed)
    written = write_report(page, settings.report, out)
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"wrote {written}; {len(page.pictures)} pictures and {len(page.sheets)} tables beside it", markup=False
    )
