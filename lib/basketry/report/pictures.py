"""The charts of the page: as files, and marked for hovering, links and filters."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from basketry.report.charts import network, others, planning, rules
from basketry.report.charts.svg import Marks, inline, png, svg
from basketry.report.sheet import number, records


class Picture(NamedTuple):
    """`inline` goes into the page; `svg` and `png` are files."""

    name: str
    inline: str
    svg: bytes
    png: bytes


class Chart(NamedTuple):
    """How a picture is made: drawn from the frame `source`, with `alt` for those who do not see it."""

    name: str
    source: str
    draw: Callable[[pd.DataFrame], Figure]
    marks: Callable[[pd.DataFrame], Marks]
    alt: str


def pictures(frames: Mapping[str, pd.DataFrame]) -> dict[str, Picture]:
    """One for each chart whose frame is there and has rows."""
    return {chart.name: _drawn(chart, frames[chart.source]) for chart in CHARTS if len(frames.get(chart.source, ()))}


def _drawn(chart: Chart, frame: pd.DataFrame) -> Picture:
    fig = chart.draw(frame)
    drawn = svg(fig)
    return Picture(chart.name, inline(drawn, chart.name, chart.alt, chart.marks(frame)), drawn, png(fig))


def _plain(_: pd.DataFrame) -> Marks:
    return Marks()


def _of_rules(shown: pd.DataFrame) -> Marks:
    said = {
        row[
            "link"
        ]: f"{row['who']} → {row['what']}: adjusted lift {number(row['adjusted_lift'] or 0)}, {row['verdict']}"
        for row in records(shown)
    }
    return Marks(said)


def _of_network(edges: pd.DataFrame) -> Marks:
    """Every line and item says its departments, so that a filter can tell; see page.js."""
    titles: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    for place, edge in enumerate(records(edges)):
        titles[f"edge-{place}"] = (
            f"{edge['name_a']} and {edge['name_b']}: {edge['direction']}, {edge['n_ab']:,} baskets, "
            f"{number(edge['expected'])} by chance"
        )
        ends = {"data-a": edge["department_a"], "data-b": edge["department_b"], "data-direction": edge["direction"]}
        attributes[f"edge-{place}"] = ends | {"data-items": f"{edge['item_a']}\n{edge['item_b']}"}
    for place, node in enumerate(records(network.node_order(edges))):
        for gid in (f"node-{place}", f"label-{place}"):
            titles[gid] = f"{node['name']} ({node['department']})"
            attributes[gid] = {"data-item": node["item"]}
    return Marks(titles, attributes)


def _of_map(points: pd.DataFrame) -> Marks:
    said = [f"{row['name']} ({row['department']})" for row in records(points[["name", "department"]])]
    departments = points["department"].tolist()
    return Marks(
        {f"point-{place}": text for place, text in enumerate(said)},
        {f"point-{place}": {"data-department": name} for place, name in enumerate(departments)},
    )


CHARTS = (
    Chart("support_confidence", "rules", rules.support_confidence, _of_rules,
          "Each rule by support and confidence, coloured by adjusted lift; the table of rules has the numbers"),
    Chart("plain_adjusted", "rules", rules.plain_adjusted, _of_rules,
          "Each rule by plain and adjusted lift, marked by its verdict; the table of rules has the numbers"),
    Chart("network", "edges", network.network, _of_network,
          "Network of the strongest complements and substitutes; the table below it has the numbers"),
    Chart("embedding_map", "embedding_map", others.embedding_map, _of_map,
          "Items in two dimensions by embedding, coloured by department; the table below it has the numbers"),
    Chart("months", "months", others.months, _plain, "Baskets and items a basket by month; numbers in the table below"),
    Chart("rejects", "files", others.rejects, _plain, "Share of rejected records by file; numbers in the table below"),
    Chart("training", "training", others.training, _plain, "Loss and learning rate by step; numbers in the table"),
    Chart("validation", "validation", others.training, _plain,
          "Loss, validation loss and learning rate by step; numbers in the table"),
    Chart("metrics", "metrics", others.metrics, _plain,
          "NDCG of every model with its interval, beside popularity; numbers in the table below"),
    Chart("fans", "fans", planning.fans, _plain, "Weekly sales and their forecast; numbers in the table below"),
    Chart("stock_curve", "stock_curve", planning.stock_curve, _plain,
          "Cost of the stock against the service expected, the plan marked; numbers in the table below"),
    Chart("zones", "zones", planning.zones, _plain, "Picks of each zone by department; numbers in the table below"),
)  # fmt: skip
