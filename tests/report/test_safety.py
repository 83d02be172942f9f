"""Names that try to run, to break out or to be a formula; nothing loaded from elsewhere; nobody named."""

import base64
import csv
import re
from hashlib import sha256
from xml.etree import ElementTree

import pytest

from basketry.report.labels import printable
from basketry.report.sheet import csv_cell
from tests.report.conftest import made
from tests.support.dom import text
from tests.support.hostile import HOSTILE

ALLOWED = {
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "div",
    "span",
    "p",
    "a",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "data",
    "small",
    "details",
    "summary",
    "section",
    "article",
    "main",
    "nav",
    "figure",
    "h1",
    "h2",
    "h3",
    "form",
    "label",
    "input",
    "select",
    "option",
    "output",
    "html",
    "head",
    "body",
    "meta",
    "title",
    "link",
    "style",
    "script",
    "svg",
    "g",
    "path",
    "defs",
    "use",
    "text",
    "tspan",
    "clippath",
    "rect",
    "image",
}


def test_every_hostile_name_is_text_on_the_page(page):
    shown = text(page)
    assert [name for name in HOSTILE if printable(name) not in shown] == []


def test_hostile_names_in_reasons_are_text_on_the_page(page):
    shown = text(page)
    told = [name for name in HOSTILE if f"by taste, 50% of it from buying {printable(name)} (" in shown]
    assert len(told) > len(HOSTILE) / 2


def test_the_page_has_no_element_and_no_attribute_that_a_name_brought(page):
    assert {element.tag for element in page.iter()} - ALLOWED == set()
    assert sum(element.tag in ("script", "style") for element in page.iter()) == 2
    attributes = [name for element in page.iter() for name in element.attrib]
    assert [name for name in attributes if name.startswith("on")] == []


def test_links_lead_within_the_page_and_each_has_its_target(page):
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = {value for e in page.iter() for name, value in e.attrib.items() if name in ("href", "src", "xlink:href")}
    assert {
        link for link in links if not link.startswith(("#", "data:image/png;base64,")) and link != "data:,"
    } == set()
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_from_elsewhere(page):
    (policy,) = [e.get("content") for e in page.iter("meta") if e.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert "http" not in policy and "unsafe-eval" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src-elem")):
        (element,) = page.iter(tag)
        digest = base64.b64encode(sha256(element.text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def test_the_pictures_are_sound_xml_with_the_names_as_text(hostile_report):
    for path in (hostile_report / "pictures").glob("*.svg"):
        root = ElementTree.fromstring(path.read_bytes())  # noqa: S314
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "foreignObject", "iframe", "img"}, path.name


def test_no_cell_of_a_csv_is_a_formula(hostile_report):
    for path in (hostile_report / "tables").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t")) or re.match(r"-\D", cell)] == [], (
            path.name
        )
    assert any(cell.startswith("'=") for cell in cells_of(hostile_report / "tables" / "rules.csv"))


def cells_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


@pytest.mark.parametrize(
    ("value", "written"),
    [("=1+1", "'=1+1"), ("  =1+1", "'  =1+1"), ("-2+3", "'-2+3"), ("＝1", "'＝1"), ("\t=1", "'\t=1"),
     ("bread", "bread"), (-0.5, -0.5), (None, ""), (float("nan"), ""), ("1-2", "1-2")],
)  # fmt: skip
def test_a_cell_is_kept_text_only_where_it_would_run(value, written):
    assert csv_cell(value) == written


def test_users_are_numbered_unless_settings_say_otherwise(hostile_lake, hostile_report, tmp_path):
    files = sorted(path for path in hostile_report.rglob("*") if path.suffix in (".html", ".csv", ".svg"))
    assert [path.name for path in files if re.search(r"\bu\d{1,2}\b", path.read_text(encoding="utf-8"))] == []
    named = made(hostile_lake, tmp_path, show_user_ids=True) / "report.html"
    assert re.search(r"User u\d", named.read_text(encoding="utf-8"))
