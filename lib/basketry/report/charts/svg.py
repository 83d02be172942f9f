"""A matplotlib Figure as bytes: SVG or PNG files, and SVG to put into the page. Same figure, same bytes."""

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure

from basketry.report.charts.style import INK

SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
OPTIONS: Any = {"svg.hashsalt": "basketry", "svg.fonttype": "none"}
ET.register_namespace("", SVG)
ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
LEFT_OUT = (f"{{{SVG}}}style", f"{{{SVG}}}metadata")
# matplotlib's id of the white rectangle behind everything.
GROUND = "patch_1"


@dataclass(frozen=True)
class Marks:
    """What the page adds to a chart: by gid or link, the title shown on hover, and attributes that filters read."""

    titles: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def png(fig: Figure) -> bytes:
    """144 pixels an inch on white."""
    return _saved(fig, "png", dpi=144, facecolor="white", metadata={"Software": None})


def svg(fig: Figure) -> bytes:
    return _saved(fig, "svg", facecolor="white", metadata={"Date": None})


def inline(drawn: bytes, name: str, description: str, marks: Marks) -> str:
    """What `svg` gave as an <svg> element in the page's own ink, with a text for those who do not see it.

    Its ids start with `name`, so that those of several charts do not meet in one page.
    """
    root = ET.fromstring(drawn)  # noqa: S314  our own output
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag in LEFT_OUT or c.get("id") == GROUND]:
            parent.remove(child)
    _mark(root, marks)
    _prefix_ids(root, name, set(marks.attributes))
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", description)
    root.set("class", "chart")
    # matplotlib leaves the fill of black text out.
    root.set("fill", "currentColor")
    return re.sub(INK, "currentColor", ET.tostring(root, encoding="unicode"), flags=re.IGNORECASE)


def _saved(fig: Figure, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context(OPTIONS), warnings.catch_warnings():
        # A letter that the font lacks is a box in a PNG; the SVG and the page keep it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        fig.savefig(out, format=form, **options)
    return out.getvalue()


def _mark(root: ET.Element, marks: Marks) -> None:
    for element in root.iter():
        address = element.get("id") or element.get(LINK) or ""
        for name, value in marks.attributes.get(address, {}).items():
            element.set(name, value)
        if element.tag == f"{{{SVG}}}a":
            # A table with the same links stands beside the chart: hundreds of points are no stops for the Tab key.
            element.set("tabindex", "-1")
            element.set("href", element.attrib.pop(LINK))
            element.attrib.pop("target", None)
        if address in marks.titles:
            title = ET.Element(f"{{{SVG}}}title")
            title.text = marks.titles[address]
            element.insert(0, title)


def _prefix_ids(root: ET.Element, name: str, kept: set[str]) -> None:
    """Keep only the ids that something refers to, each after `name`."""
    text = ET.tostring(root, encoding="unicode")
    referred = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) | kept
    for element in root.iter():
        if "id" in element.attrib:
            old = element.attrib.pop("id")
            if old in referred:
                element.set("id", f"{name}-{old}")
        for key, value in list(element.attrib.items()):
            if key == LINK and value.startswith("#"):
                element.attrib.pop(key)
                element.set("href", f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))
