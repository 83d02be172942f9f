"""How good the models are on days they never saw, beside the simple ones they must beat."""

import pandas as pd
import pyarrow.dataset as ds

from basketry import tables
from basketry.report.sheet import Column, Sheet, records
from basketry.tables.evaluation import ABLATIONS
from basketry.tables.snapshot import Snapshot

TASKS = {
    "next_period": "what a user buys next",
    "repeat": "what a user buys again",
    "explore": "what new item a user tries",
    "next_basket": "what is in a user's next basket",
    "next_basket_repeat": "what of it was bought before",
    "next_basket_new": "what of it is new to the user",
    "cart": "what is missing in a cart",
    "pair": "which two items go together",
}
LEAD = "ndcg"
COLUMNS = (
    Column("task", "task"),
    Column("model", "model"),
    Column("metric", "metric"),
    Column("k", "list length", "count"),
    Column("value", "value", "number"),
    Column("ci_low", "from", "number", "lower end of the 95 % interval"),
    Column("ci_high", "to", "number", "upper end of the 95 % interval"),
    Column("baseline", "popularity alone", "number"),
    Column("delta", "gain over it", "number"),
    Column("n", "cases", "count"),
    Column("delta_last", "change since the last run", "number"),
)


def read_metrics(lake: Snapshot) -> pd.DataFrame:
    """Rows of gold.metrics over all cases: by task, then list length and metric, best first."""
    found = lake.frame(tables.METRICS, where=ds.field("slice") == "all")
    found = found.sort_values(["task", "k", "metric", "value", "model"], ascending=[True, True, True, False, True])
    return found.assign(task_words=found["task"].map(TASKS).fillna(found["task"])).reset_index(drop=True)


def lead_metrics(metrics: pd.DataFrame) -> pd.DataFrame:
    """The metric that the page compares models by: NDCG of the shortest list. Pairs are in no list and have none. What
    only says what a part adds is no rival.
    """
    of_lists = metrics[(metrics["metric"] == LEAD) & ~metrics["model"].str.contains(ABLATIONS)]
    found: pd.DataFrame = of_lists[of_lists["k"] == of_lists["k"].min()]
    return found


def best_models(metrics: pd.DataFrame) -> pd.DataFrame:
    """The best row of each task by lead_metrics."""
    found: pd.DataFrame = lead_metrics(metrics).groupby("task", sort=True).head(1)
    return found


def metrics_sheet(metrics: pd.DataFrame) -> Sheet:
    rows = [{**row, "task": row["task_words"]} for row in records(metrics)]
    return Sheet("metrics", "Every metric", COLUMNS, rows)
