"""Charts of what will sell, what to hold and where it lies: fans, curve, map of zones."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from basketry.report.charts.style import BAD, FAINT, GOOD, INK, colours, figure, literal, short
from basketry.report.sheet import records

COLUMNS = 3
# What the longest bar has room for.
LETTERS = 110


def fans(weeks: pd.DataFrame) -> Figure:
    """A panel a unit: weekly pieces sold, and the forecast with its 80 % interval (unit, name, week_on, sold, mean,
    p10, p90).
    """
    units = list(weeks.groupby("unit", sort=True))
    n_rows = -(-len(units) // COLUMNS)
    fig = Figure(figsize=(9, 2.1 * n_rows + 0.3), layout="constrained")
    fig.patch.set_alpha(0)
    for place, (_, own) in enumerate(units, 1):
        axes = fig.add_subplot(n_rows, COLUMNS, place)
        axes.patch.set_alpha(0)
        ahead = own[own["mean"].notna()].sort_values("week_on")
        axes.plot(own["week_on"], own["sold"].astype(float), color=INK, linewidth=1)
        axes.fill_between(
            ahead["week_on"], ahead["p10"].astype(float), ahead["p90"].astype(float), color=GOOD, alpha=0.3
        )
        axes.plot(ahead["week_on"], ahead["mean"].astype(float), color=GOOD, marker="o", markersize=2.5)
        axes.set_ylim(bottom=0)
        axes.set_title(literal(short(str(own["name"].iloc[0]))), fontsize="small", loc="left")
        axes.tick_params(labelsize="x-small")
        axes.tick_params("x", rotation=30)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return fig


def stock_curve(points: pd.DataFrame) -> Figure:
    """Cost of the stock held against the service expected; the plan as a large point (is_plan, service,
    expected_service, stock_value).
    """
    fig, axes = figure(8, 3.6)
    asked, plan = points[~points["is_plan"].astype(bool)], points[points["is_plan"].astype(bool)]
    axes.plot(100 * asked["expected_service"], asked["stock_value"], color=GOOD, marker="o", markersize=3)
    for point in records(asked):
        axes.annotate(f"{100 * point['service']:g}", (100 * point["expected_service"], point["stock_value"]),
                      xytext=(-4, 4), textcoords="offset points", fontsize="x-small", ha="right")  # fmt: skip
    axes.plot(100 * plan["expected_service"], plan["stock_value"], "o", color=BAD, markersize=8, label="the plan")
    axes.set_xlabel("demand expected to be served (%); beside the points: what is asked")
    axes.set_ylabel("cost of the stock held")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize="small")
    return fig


def zones(blocks: pd.DataFrame) -> Figure:
    """A bar a zone, as long as its share of all picks, of blocks by department, each with the name of its most picked
    item where there is room (place, row, department, share, name).
    """
    names = blocks.drop_duplicates("row")["place"].tolist()
    fig, axes = figure(9, 1.2 + 0.36 * len(names))
    colour = colours(blocks["department"])
    ends, widest = np.zeros(len(names)), blocks.groupby("row")["share"].sum().max()
    for block in records(blocks):
        row, share = block["row"], 100 * block["share"]
        label = short(block["name"])
        axes.barh(row, share, left=ends[row], color=colour[block["department"]], edgecolor=FAINT, linewidth=0.4)
        if len(label) < LETTERS * block["share"] / widest:
            axes.text(ends[row] + share / 2, row, literal(label), ha="center", va="center", fontsize="x-small")
        ends[row] += share
    axes.set_yticks(range(len(names)), [literal(short(str(name))) for name in names], fontsize="small")
    axes.invert_yaxis()
    axes.set_xlabel("picks (% of all)")
    drawn = [Patch(color=colour[name], label=literal(short(name))) for name in list(colour)[:8]]
    axes.legend(handles=drawn, frameon=False, fontsize="x-small", loc="lower right")
    return fig
