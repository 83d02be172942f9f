"""What every notebook begins and ends with: the lake of the usual configuration, and showing what was drawn of it."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

from basketry.arguments import parse_arguments
from basketry.commands.options import flags, paths_root
from basketry.config import Settings
from basketry.report.build import Lake, open_lake
from basketry.report.labels import Labels, read_labels
from basketry.report.pictures import Picture
from basketry.report.sheet import Sheet
from basketry.report.write import table_html
from basketry.tables.snapshot import Snapshot

FOLDER = Path("report") / "notebooks"


class Book(NamedTuple):
    """The tables as their last runs left them, the names of the items, and the settings."""

    lake: Lake
    labels: Labels
    settings: Settings

    @property
    def now(self) -> Snapshot:
        return self.lake.now


def open_book() -> Book:
    """The lake that conf/local.yaml, BASKETRY_CONFIG and BASKETRY_ variables name, as for every command.

    Raises MissingInputError without a lake there, SettingsError when a catalog names its tables instead of a path.
    """
    settings = parse_arguments(flags(None, None), os.environ).settings
    lake = open_lake(paths_root(settings.lake))
    return Book(lake, read_labels(lake.now), settings)


def show(*drawn: Picture | Sheet) -> None:
    """Show them in the notebook where it can; else write each to a file below FOLDER and print where it lies."""
    # A notebook's own names are those of the main module.
    display = getattr(sys.modules["__main__"], "displayHTML", None)
    for each in drawn:
        if display:
            display(table_html(each) if isinstance(each, Sheet) else each.inline)
        else:
            print(_written(each))


def _written(each: Picture | Sheet) -> Path:
    content, ending = (each.csv().encode(), "csv") if isinstance(each, Sheet) else (each.svg, "svg")
    path = FOLDER / f"{each.name}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
