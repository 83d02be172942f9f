"""Forecast the weekly sales of items and types after the last whole week of a period, with their uncertainty.

Weeks of which no line changed since the last run are not added up again.
reads silver.lines, silver.items; writes gold.weekly_sales, gold.demand, gold.demand_models
"""

from itertools import groupby

from basketry import tables
from basketry.demand.demand import forecast_demand
from basketry.demand.since import SUMMED_BY, Past, weekly_since
from basketry.demand.units import wanted
from basketry.demand.weekly import weekly_sales
from basketry.demand.weeks import whole_weeks
from basketry.job import job
from basketry.since import since_last_run

INPUTS = (tables.LINES, tables.ITEMS)


def main(argv=None):
    with job("forecast_demand", argv) as run:
        settings = run.settings.demand
        lines, items = run.read(tables.LINES), run.read(tables.ITEMS)
        weeks = whole_weeks(lines, run.arguments.from_on, run.arguments.to_on)
        chosen = wanted(lines, items, settings)
        _say_left_out(run, chosen.left_out)
        weekly = run.write(tables.WEEKLY_SALES, _weekly(run, chosen, weeks))
        found = forecast_demand(weekly, items, weeks, settings)
        run.write(tables.DEMAND, found.demand)
        run.write(tables.DEMAND_MODELS, found.models)
        _say_chosen(run, found.models)


def _weekly(run, chosen, weeks):
    """From what the last run left, where that gives the same."""
    settings = run.settings.demand
    since = since_last_run(run, INPUTS, (tables.WEEKLY_SALES,), SUMMED_BY)
    found = weekly_since(_past(run, since), chosen, weeks, settings) if since else None
    if found:
        run.progress("weeks added up again", weeks=found[1], of=weeks.number)
        return found[0]
    if since:
        run.progress("everything is counted: an item known then has another type, or is forecast now and was not")
    return weekly_sales(chosen.sold, weeks, settings)


def _past(run, since):
    lines, items = since.inputs
    return Past(lines, items, since.feed, run.current(tables.WEEKLY_SALES))


def _say_left_out(run, left_out):
    """What is not forecast, by the setting that says so; the first items by quantity."""
    ordered = left_out.orderBy("rule", -left_out["quantity"], "item_id").collect()
    for rule, rows in ((rule, list(rows)) for rule, rows in groupby(ordered, lambda row: row["rule"])):
        named = [row["item_id"] for row in rows[:20]]
        types = sorted({row["type"] for row in rows if row["type"]})[:20]
        pieces = sum(row["quantity"] for row in rows)
        run.progress(f"not forecast by demand.{rule}", items=len(rows), pieces=pieces, first=named, types=types)


def _say_chosen(run, models):
    """The method of each class and its errors on the weeks before the forecast."""
    for row in models.where("is_chosen AND n_series > 0").orderBy("level", "series_class").collect():
        told = {name: row[name] if row[name] is None else round(row[name], 4) for name in ("wape", "bias", "coverage")}
        run.progress(f"{row['level']}, {row['series_class']}: {row['model']}", series=row["n_series"], **told)


if __name__ == "__main__":
    main()
