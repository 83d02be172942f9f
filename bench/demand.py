"""Forecasts on the sample lake's weekly sales: how good they are, and how fast beside plain statsforecast.

python bench/demand.py [--origins 40 44 48] [--levels type item type_store] [--no-peer]. Needs gold.weekly_sales
(`basketry run forecast_demand`). From each origin (weeks known) everything is done anew with what was known there:
methods are chosen and quantiles made on earlier weeks, and the next weeks judged. `established`: units sold in
demand.min_weeks_sold of the known weeks or more; `known`: every unit sold by then. WAPE = sum |forecast - sales| / sum
sales over units and weeks, bias = (sum forecast - sum sales) / sum sales, means over the origins; then
precision of hot sellers and risers over the same weeks. Rows go to bench/results/demand.jsonl.
"""

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from mining import LAKE, RESULTS, kept, peers_python, run, silver
from rich.console import Console
from rich.table import Table as Grid

from basketry.demand.forecast import forecast_series
from basketry.demand.judge_ranks import judge_ranks
from basketry.demand.matrix import series_of
from basketry.demand.settings import DemandSettings
from basketry.demand.weeks import Weeks

HERE = Path(__file__).parent
SETTINGS = DemandSettings()
PEER_SERIES = 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--origins", type=int, nargs="+", default=[40, 44, 48])
    parser.add_argument("--levels", nargs="+", default=["type", "item", "type_store"])
    parser.add_argument("--no-peer", action="store_true")
    asked = parser.parse_args()
    rows = list(kept(measured(asked), RESULTS.with_name("demand.jsonl")))
    show(rows)


def measured(asked):
    """Every row, as it is measured."""
    for level in asked.levels:
        series = series_at(level)
        if max(asked.origins) + SETTINGS.horizon > series.n_weeks:
            sys.exit(f"bench: gold.weekly_sales has {series.n_weeks} weeks, too few to judge {SETTINGS.horizon} after "
                     f"{max(asked.origins)}; run forecast_demand without --to, or give earlier --origins")  # fmt: skip
        yield from judged(series, asked.origins)
        yield from lists(series, asked.origins)
        if not asked.no_peer:
            yield from speeds(series)


def series_at(level):
    weekly = silver("../gold/weekly_sales").to_pandas()
    days = pd.to_datetime(weekly["week_on"]).dt.date
    weeks = Weeks(days.min(), days.max() + timedelta(weeks=1))
    families = silver("items").select(["item_id", "type", "category"]).to_pandas().sort_values("item_id")
    return series_of(level, weekly[weekly["level"] == level], families, weeks)


def judged(series, origins):
    """One row for the established units and one for all known ones: means over the origins."""
    found = {"established": [], "known": []}
    for origin in origins:
        known = series.until(origin)
        forecast = forecast_series(known, SETTINGS)
        ahead = slice(origin, origin + SETTINGS.horizon)
        actual = series.part(series.head(origin).is_sold).quantity[:, ahead]
        n_sold = ((known.quantity > 0) & known.is_seen).sum(axis=1)
        for name, least in (("established", SETTINGS.min_weeks_sold), ("known", 1)):
            found[name].append(errors(forecast, actual, n_sold >= least))
    for name, each in found.items():
        means = {key: float(np.mean([one[key] for one in each])) for key in each[0]}
        yield {"name": name, "level": series.level, "origins": origins, **means}


def lists(series, origins):
    """Precision of each list of tops and risers: means over the same origins."""
    found = {}
    for origin in origins:
        for each in judge_ranks(series.head(origin + SETTINGS.horizon), SETTINGS):
            found.setdefault((each.task, each.model), []).append(each.precision or 0.0)
    for (task, model), each in found.items():
        yield {"name": f"{task}: {model}", "level": series.level, "precision": float(np.mean(each))}


def errors(forecast, actual, chosen):
    mean, (low, middle, high) = forecast.mean[chosen], np.moveaxis(forecast.quantiles[chosen], -1, 0)
    sold = actual[chosen]
    return {
        "units": len(sold),
        "wape": np.abs(mean - sold).sum() / sold.sum(),
        "bias": (mean.sum() - sold.sum()) / sold.sum(),
        "coverage": ((low <= sold) & (sold <= high)).mean(),
        "below": (sold < low).mean(),
        "above": (sold > high).mean(),
        "pinball": np.mean([pinball(sold, q, share) for q, share in ((low, 0.1), (middle, 0.5), (high, 0.9))]),
    }


def pinball(sold, quantile, share):
    return np.maximum(share * (sold - quantile), (share - 1) * (sold - quantile)).mean()


def speeds(series):
    """Series a second of one core, by the same methods: ours of the whole level, statsforecast's of its first units."""
    known = series.until(series.n_weeks)
    started = time.process_time()
    forecast_series(known, SETTINGS)
    took = time.process_time() - started
    yield {"name": "ours, chosen and with quantiles", "level": series.level, "series_per_s": len(known.unit_ids) / took}
    part = known.quantity[:PEER_SERIES]
    path = HERE.parent / "build" / "bench" / f"demand-{series.level}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, part)
    for row in run([peers_python(), HERE / "demand_peer.py", path, SETTINGS.horizon]):
        yield {"name": "statsforecast, one forecast each", "level": series.level, **row["result"]}


def show(rows):
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    headings = (
        "what",
        "level",
        "units",
        "WAPE",
        "bias",
        "coverage",
        "below",
        "above",
        "pinball",
        "precision",
        "series/s",
    )
    for heading in headings:
        grid.add_column(heading, justify="left" if heading in headings[:2] else "right")
    keys = ("units", "wape", "bias", "coverage", "below", "above", "pinball", "precision", "series_per_s")
    for row in rows:
        told = (
            f"{row[key]:,.0f}" if key in ("units", "series_per_s") else f"{row[key]:.4f}" for key in keys if key in row
        )
        cells = dict(zip((key for key in keys if key in row), told, strict=True))
        grid.add_row(row["name"], row["level"], *(cells.get(key, row.get("failed", "")) for key in keys))
    Console(width=140).print(grid)


if __name__ == "__main__":
    if not (LAKE.parent / "gold" / "weekly_sales").exists():
        sys.exit("bench: no gold.weekly_sales; `basketry run forecast_demand` makes it")
    main()
