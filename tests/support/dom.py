"""An HTML page as a tree, and its tables as the values they carry."""

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

VOID = {"meta", "link", "br", "img", "input", "hr", "base"}


def parse(html: str) -> Element:
    """The tree of the page. Raises AssertionError where tags do not match."""
    parser = _Parser(convert_charrefs=True)
    parser.feed(html)
    parser.close()
    return parser.builder.close()


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def sheets(page: Element, name: str) -> list[list[list[str]]]:
    """Every table of that data-sheet, as rows of cells: a number by its value, text without its id."""
    return [_rows(table) for table in page.iter("table") if table.get("data-sheet") == name]


def value(cell: Element) -> str:
    data = cell.find("data")
    if data is not None:
        return str(data.get("value"))
    return " ".join("".join(_without_small(cell)).split())


def tile(page: Element, name: str) -> str:
    (found,) = [element for element in page.iter("div") if element.get("data-tile") == name]
    (data,) = found.iter("data")
    return str(data.get("value"))


def _rows(table: Element) -> list[list[str]]:
    body = table.find("tbody")
    assert body is not None
    return [[value(cell) for cell in row.iter("td")] for row in body.iter("tr")]


def _without_small(cell: Element) -> list[str]:
    parts = [cell.text or ""]
    for child in cell:
        parts += [*([] if child.tag == "small" else _without_small(child)), child.tail or ""]
    return parts


class _Parser(HTMLParser):
    def __init__(self, **options: bool) -> None:
        super().__init__(**options)
        self.builder, self.open = TreeBuilder(), []

    def handle_starttag(self, tag, attrs):
        self.builder.start(tag, {name: given or "" for name, given in attrs})
        self.open.append(tag)
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()
        self.builder.end(tag)

    def handle_data(self, data):
        if self.open:
            self.builder.data(data)
