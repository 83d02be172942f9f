"""Charts of the embedding map, of months and files, of training and of the metrics."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from basketry.report.charts.style import BAD, FAINT, GOOD, INK, THIRD, colours, figure, literal, short
from basketry.report.sheet import records


def embedding_map(points: pd.DataFrame) -> Figure:
    """A point an item (x, y, name, department); gids point-N in the order of the rows."""
    fig, axes = figure(9, 6.6)
    colour = colours(points["department"])
    for number, point in enumerate(records(points)):
        axes.plot([point["x"]], [point["y"]], "o", markersize=4.5, color=colour[point["department"]], alpha=0.85,
                  markeredgewidth=0, gid=f"point-{number}")  # fmt: skip
    for name in list(colour)[:8]:
        axes.plot([], [], "o", color=colour[name], label=literal(name))
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4)
    return fig


def months(counted: pd.DataFrame) -> Figure:
    """Baskets (bars) and items a basket (line) by month (month, baskets, mean_size)."""
    fig, axes = figure(8, 3.2)
    axes.bar(counted["month"], counted["baskets"], color=GOOD, alpha=0.75)
    axes.set_ylabel("baskets")
    axes.tick_params("x", rotation=45)
    sizes = axes.twinx()
    sizes.plot(counted["month"], counted["mean_size"], color=BAD, marker="o", markersize=3)
    sizes.set_ylim(bottom=0)
    sizes.set_ylabel("items a basket (line)")
    sizes.spines["top"].set_visible(False)
    return fig


def rejects(files: pd.DataFrame) -> Figure:
    """The share of rejected records of each file (file, share)."""
    fig, axes = figure(8, max(1.2 + 0.24 * len(files), 1.6))
    names = [literal(short(name)) for name in files["file"]]
    axes.barh(np.arange(len(files)), 100 * files["share"].astype(float), color=BAD, alpha=0.8)
    axes.set_yticks(np.arange(len(files)), names, fontsize="small")
    axes.invert_yaxis()
    axes.set_xlabel("rejected (% of the file's records)")
    return fig


def training(log: pd.DataFrame) -> Figure:
    """Loss and learning rate by step (step, loss, learning_rate), and validation_loss where the log has it."""
    fig, axes = figure(8, 3.2)
    axes.plot(log["step"], log["loss"], color=GOOD, label="loss")
    if "validation_loss" in log:
        # Of a holdout without known baskets it is null throughout, which pandas reads as objects.
        axes.plot(log["step"], log["validation_loss"].astype(float), color=THIRD, marker=".", label="validation loss")
        axes.legend(frameon=False, fontsize="small")
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    rate = axes.twinx()
    rate.plot(log["step"], log["learning_rate"], color=BAD, linestyle="--")
    rate.set_ylim(bottom=0)
    rate.set_ylabel("learning rate (dashed)")
    rate.spines["top"].set_visible(False)
    return fig


def metrics(lead: pd.DataFrame) -> Figure:
    """One metric of every model (task_words, model, value, ci_low, ci_high, baseline), two tasks side by side."""
    tasks = sorted(lead["task_words"].unique())
    n_rows = max(1, -(-len(tasks) // 2))
    fig = Figure(figsize=(9, 2.9 * n_rows), layout="constrained")
    fig.patch.set_alpha(0)
    for place, task in enumerate(tasks, 1):
        found = lead[lead["task_words"] == task].sort_values(["value", "model"])
        axes = fig.add_subplot(n_rows, 2, place)
        axes.patch.set_alpha(0)
        spread = np.abs(found[["ci_low", "ci_high"]].to_numpy().T - found["value"].to_numpy())
        axes.errorbar(found["value"], found["model"], xerr=spread, fmt="o", color=GOOD, ecolor=INK, elinewidth=0.9)
        axes.axvline(float(found["baseline"].iloc[0]), linestyle="--", linewidth=0.9, color=FAINT)
        axes.set_xlim(left=0)
        axes.set_title(task, fontsize="small", loc="left")
        axes.tick_params(labelsize="small")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return fig
