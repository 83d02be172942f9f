"""The page and its files: report.html, pictures/*.svg and *.png, tables/*.csv. Same page, same bytes."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from basketry.errors import SettingsError
from basketry.report.build import OF_LATER_STEPS, Page
from basketry.report.pairs import PER_ITEM
from basketry.report.pictures import CHARTS
from basketry.report.settings import ReportSettings
from basketry.report.sheet import NONE, Sheet, is_missing, shown
from basketry.tables.mining import RULES

PAGE = "report.html"
NOTES = {column.name: column.note for column in RULES.columns if column.name not in RULES.key}


def write_report(page: Page, settings: ReportSettings, out: Path) -> Path:
    """Write everything below `out`, replacing what an earlier report left there; gives the page's path."""
    if out.exists() and not out.is_dir():
        raise SettingsError(f"--out {out}: not a folder; give a folder to write {PAGE} into")
    wanted = {out / PAGE: to_html(page, settings).encode()}
    for name, picture in page.pictures.items():
        wanted |= {out / "pictures" / f"{name}.svg": picture.svg, out / "pictures" / f"{name}.png": picture.png}
    wanted |= {out / "tables" / f"{name}.csv": sheet.csv().encode() for name, sheet in page.sheets.items()}
    _remove_stale(page, out)
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return out / PAGE


def to_html(page: Page, settings: ReportSettings) -> str:
    """The page: escaped throughout, its one script and style named by their digests in its security policy."""
    environment = _environment()
    css, script = (environment.loader.get_source(environment, name)[0] for name in ("page.css", "page.js"))  # type: ignore[union-attr]
    return environment.get_template("report.html").render(
        page=page, settings=settings, notes=NOTES, per_item=PER_ITEM, none=NONE, css=Markup(css), script=Markup(script),  # noqa: S704  ours
        css_digest=digest(css), script_digest=digest(script),
    )  # fmt: skip


def table_html(sheet: Sheet) -> str:
    """A table of the page by itself, escaped."""
    return str(_environment().get_template("macros.html").module.table(sheet))  # type: ignore[attr-defined]


def _environment() -> Environment:
    loader = PackageLoader("basketry.report", "page")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"shown": shown, "raw": raw, "drawn": Markup}
    return made


def digest(source: str) -> str:
    """What a Content-Security-Policy calls a source: sha256-..."""
    return "sha256-" + base64.b64encode(sha256(source.encode()).digest()).decode()


def raw(value: Any) -> str:
    """The value itself, for machines: what a <data> element carries beside the number a person reads."""
    return "" if is_missing(value) else str(value)


def _remove_stale(page: Page, out: Path) -> None:
    """A picture or table that an earlier report had and this one lacks must not pass for one of this."""
    for name in {chart.name for chart in CHARTS} - set(page.pictures):
        for ending in ("svg", "png"):
            (out / "pictures" / f"{name}.{ending}").unlink(missing_ok=True)
    for name in set(OF_LATER_STEPS) - set(page.sheets):
        (out / "tables" / f"{name}.csv").unlink(missing_ok=True)
