"""The strongest complements and substitutes as a network, coloured by department."""

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from basketry.report.charts.style import BAD, FAINT, INK, colours, figure, literal, short
from basketry.report.sheet import records

Point = npt.NDArray[np.float64]
# Room around a connected part, and how much wider than high the whole is: both in lengths of an edge.
MARGIN = np.array([2.2, 0.9])
WIDER = 1.6


def network(edges: pd.DataFrame) -> Figure:
    """An edge a pair (item_a, item_b, name_a, name_b, department_a, department_b, direction, gap).

    Lines and items carry gids edge-N and node-N, in the order of edges and of `node_order`: the page filters by them.
    """
    nodes = node_order(edges)
    fig, axes = figure(10, 8)
    place = layout(edges)
    colour = colours(nodes["department"])
    _lines(axes, edges, place)
    for number, node in enumerate(records(nodes)):
        x, y = place[node["item"]]
        axes.plot(
            [x], [y], "o", markersize=7, color=colour[node["department"]], markeredgecolor=INK, markeredgewidth=0.5,
            gid=f"node-{number}",
        )  # fmt: skip
        axes.annotate(literal(short(node["name"])), (x, y), xytext=(0, 6), textcoords="offset points", ha="center",
                      fontsize=5.5, color=INK, gid=f"label-{number}")  # fmt: skip
    axes.set_axis_off()
    axes.margins(0.1, 0.04)
    _legend(axes, colour)
    return fig


def node_order(edges: pd.DataFrame) -> pd.DataFrame:
    """(item, name, department) of every item of the edges, sorted by item."""
    sides = [
        edges[[f"item_{s}", f"name_{s}", f"department_{s}"]].set_axis(["item", "name", "department"], axis=1)
        for s in "ab"
    ]
    return pd.concat(sides).drop_duplicates("item").sort_values("item").reset_index(drop=True)


def layout(edges: pd.DataFrame) -> dict[str, Point]:
    """Where each item lies: each connected part by the distances in it, the parts in rows, tallest first."""
    graph = nx.Graph(list(zip(edges["item_a"], edges["item_b"], strict=True)))
    parts = [_part(_in_order(graph, part)) for part in nx.connected_components(graph)]
    boxes = sorted(parts, key=lambda part: (-_size(part)[1], min(part)))
    width = max([np.sqrt(WIDER * sum(float(np.prod(_size(box))) for box in boxes)), *[_size(box)[0] for box in boxes]])
    place: dict[str, Point] = {}
    left, top, row_height = 0.0, 0.0, 0.0
    for box in boxes:
        across, down = _size(box)
        if left and left + across > width:
            left, top, row_height = 0.0, top - row_height, 0.0
        place |= {item: np.add(point, (left, top)) for item, point in box.items()}
        left, row_height = left + across, max(row_height, down)
    return place


def _in_order(graph: nx.Graph, part: set[str]) -> nx.Graph:
    """The part with its items in order: networkx' own view has them in the order of a set, another in each process."""
    found = nx.Graph()
    found.add_nodes_from(sorted(part))
    found.add_edges_from(sorted(tuple(sorted(edge)) for edge in graph.subgraph(part).edges))
    return found


def _part(part: nx.Graph) -> dict[str, Point]:
    """Its items with an edge about one unit long, the upper left corner at (0, 0); wide, since labels are."""
    found: dict[str, Point] = nx.kamada_kawai_layout(part)
    unit = float(np.median([np.linalg.norm(found[one] - found[other]) for one, other in part.edges]))
    points = np.array(list(found.values())) / unit * (1.5, 1.0)
    corner = np.array([points[:, 0].min(), points[:, 1].max()])
    return dict(zip(found, points - corner, strict=True))


def _size(box: dict[str, Point]) -> Point:
    """Width and height of a part with room for its labels."""
    points = np.array(list(box.values()))
    return np.asarray(np.ptp(points, axis=0) + MARGIN)


def _lines(axes, edges: pd.DataFrame, place: dict[str, Point]) -> None:  # type: ignore[no-untyped-def]
    strongest = max(float(edges["gap"].max() if len(edges) else 1), 1.0)
    for number, edge in enumerate(records(edges)):
        ends = np.array([place[edge["item_a"]], place[edge["item_b"]]])
        apart = edge["direction"] == "substitute"
        axes.plot(
            ends[:, 0], ends[:, 1], color=BAD if apart else FAINT, linestyle="--" if apart else "-",
            linewidth=0.5 + 2.0 * np.sqrt(edge['gap'] / strongest), zorder=1, gid=f"edge-{number}",
        )  # fmt: skip


def _legend(axes, colour: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    kinds = [
        Line2D([], [], color=FAINT, label="complements"),
        Line2D([], [], color=BAD, linestyle="--", label="substitutes"),
    ]
    dots = [Line2D([], [], marker="o", linestyle="", color=c, label=literal(name)) for name, c in colour.items()]
    axes.legend(handles=[*kinds, *dots], frameon=False, fontsize="x-small", loc="upper center",
                bbox_to_anchor=(0.5, 0), ncols=6)  # fmt: skip
