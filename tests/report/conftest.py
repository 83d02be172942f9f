"""One lake of hostile names, and its report, for every test of the page."""

import pytest

from basketry.report.build import build_page, open_lake
from basketry.report.settings import ReportSettings
from basketry.report.write import write_report
from tests.support.dom import parse
from tests.support.hostile import HOSTILE
from tests.support.plain_lake import plain_lake

NAMES = {f"i{n:02}": name for n, name in enumerate(HOSTILE)}


@pytest.fixture(scope="session")
def hostile_lake(tmp_path_factory):
    return plain_lake(tmp_path_factory.mktemp("hostile") / "lake", NAMES)


@pytest.fixture(scope="session")
def hostile_report(hostile_lake, tmp_path_factory):
    """The folder of its report."""
    return made(hostile_lake, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def page(hostile_report):
    """The page as a tree."""
    return parse((hostile_report / "report.html").read_text(encoding="utf-8"))


def made(root, out, **settings):
    """The folder of the report of the lake at `root`."""
    chosen = ReportSettings(**settings)
    write_report(build_page(open_lake(str(root)), chosen, seed=7), chosen, out)
    return out
