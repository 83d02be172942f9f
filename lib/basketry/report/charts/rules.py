"""Charts of rules: support and confidence by adjusted lift, and plain against adjusted lift."""

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from basketry.report.charts.style import BAD, FAINT, GOOD, INK, figure
from basketry.report.verdicts import ARTEFACT, DOUBTFUL, SURVIVES

VERDICTS = {SURVIVES: (GOOD, "o"), ARTEFACT: (BAD, "X"), DOUBTFUL: (FAINT, "s")}


def support_confidence(rules: pd.DataFrame) -> Figure:
    """A point a rule (support, confidence, adjusted_lift, link); the colour is the adjusted lift, on a log scale."""
    fig, axes = figure()
    lift = rules["adjusted_lift"].astype(float).fillna(1.0).clip(lower=0.5)
    norm = LogNorm(0.5, max(float(lift.max() if len(lift) else 1), 2.0))
    points = axes.scatter(
        rules["support"], rules["confidence"], c=lift, norm=norm, cmap="viridis", s=26, linewidths=0.6, edgecolors=INK
    )
    points.set_urls(list(rules["link"]))
    axes.set_xscale("log")
    axes.set_xlabel("support: share of all baskets with both (log scale)")
    axes.set_ylabel("confidence: share of those who buy the first")
    fig.colorbar(points, ax=axes, label="adjusted lift (log scale)")
    return fig


def plain_adjusted(rules: pd.DataFrame) -> Figure:
    """A point a rule (lift, adjusted_lift, verdict, link); below the dashed line basket size explains part of it."""
    fig, axes = figure()
    for verdict, (colour, mark) in VERDICTS.items():
        found = rules[rules["verdict"] == verdict]
        points = axes.scatter(
            found["lift"], found["adjusted_lift"].astype(float), s=26, marker=mark, color=colour, alpha=0.85,
            linewidths=0, label=f"{verdict} ({len(found):,})",
        )  # fmt: skip
        points.set_urls(list(found["link"]))
    ends = np.array([1.0, max(float(rules["lift"].max() if len(rules) else 1), 2.0)])
    axes.plot(ends, ends, linestyle="--", linewidth=0.8, color=FAINT, label="plain = adjusted")
    axes.axhline(1, linewidth=0.8, color=FAINT)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("plain lift (log scale)")
    axes.set_ylabel("adjusted lift (log scale)")
    axes.legend(frameon=False, fontsize="small")
    return fig
