"""`basketry update`: everything up to the newest receipts, and the rules that changed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated

import typer
from pyspark.sql import Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid

from basketry import pipeline, tables
from basketry.commands.options import Assign, Config, flags
from basketry.commands.run import To, run_in_session, start
from basketry.commands.tables import grid, names_of
from basketry.errors import MissingInputError
from basketry.pipeline import Step
from basketry.runs import last_run, read_note
from basketry.tables.mining import WHOLE
from basketry.tables.store import Store

# What these fit and judge stays as it is: fold_in_users renews the factors and lists of users by it.
FITTED = ("evaluate", "train_als", "train_embeddings")
# These choose methods or clusters anew, which takes minutes and changes little from day to day.
PLANS = ("segment_users", "group_items", "forecast_demand", "rank_hot_sellers", "plan_stock")
RENEWED = "fold_in_users"
TO_SILVER = ("ingest_lines", "clean_lines", "build_baskets")
N_SHOWN = 6
RANKED = {"new": "rank", "dead": "rank_before", "moved": "rank"}


def update(
    config: Config = None,
    assign: Assign = None,
    to_on: To = None,
    plans: Annotated[
        bool, typer.Option("--plans", help="Also segments, groups, forecasts, hot sellers and the stock plan")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Clean only the baskets that new receipts name, by stream_lines")
    ] = False,
) -> None:
    """Take in the newest receipts without fitting models anew, and say which rules changed.

    What counts is brought up to date: silver, itemsets, rules, pairs, sequences, drift; the factors and lists of users
    whose purchases changed are renewed by the models as they are. What is fitted or planned waits for `basketry run`.
    """
    argv = flags(config, assign) + ([f"--to={to_on}"] if to_on else [])
    # Whatever the settings say of a stream of its own, this one ends.
    argv += ["--set=stream.trigger=available_now"] if quick else []
    opened = start(argv)
    _refuse_unfitted(opened.store)
    steps = steps_of_update(plans=plans, quick=quick)
    run_in_session(steps, argv, opened, all_of_them=False)
    print_changes(opened.store)
    waiting = [step.name for step in pipeline.ordered() if step not in steps and step.name not in TO_SILVER]
    Console(highlight=False).print(f"as they were, until `basketry run`: {', '.join(waiting)}", style="dim")


def steps_of_update(*, plans: bool = False, quick: bool = False) -> list[Step]:
    """In order; stream_lines, which a run has not, is first where it takes the place of the steps to silver."""
    left = {*FITTED, *(() if plans else PLANS), *(TO_SILVER if quick else ())}
    kept = [step.name for step in pipeline.ordered() if step.name not in left]
    return [*(pipeline.choose(["stream_lines"]) if quick else []), *pipeline.choose([*kept, RENEWED])]


def print_changes(store: Store) -> None:
    """In one screen: how many rules came, went and moved since the run before the last, and the first of each."""
    console = Console(highlight=False)
    changes = store.read(tables.RULE_CHANGES).where(F.col("segment") == WHOLE).persist()
    run_id = read_note(store.last_commit(tables.RULE_CHANGES)["userMetadata"]).get("run_id", "-")
    counted = {row["change"]: row["count"] for row in changes.groupBy("change").count().collect()}
    told = ", ".join(f"{counted.get(change, 0):,} {change}" for change in RANKED)
    console.print("\nRules beyond chance that changed", style="bold")
    console.print(f"{told} (run {run_id}, beside the one before it)")
    shown = {
        change: changes.where(F.col("change") == change).orderBy(rank).limit(N_SHOWN).collect()
        for change, rank in RANKED.items()
    }
    if counted:
        console.print(_grid(store, list(chain.from_iterable(shown.values()))))


def _grid(store: Store, rows: Sequence[Row]) -> Grid:
    names = names_of(store, {item for row in rows for side in ("antecedent", "consequent") for item in row[side]})
    numbers = ("rank", "baskets", "adjusted", "q")
    found = grid("", "who buys", "also buys", *numbers, right=set(numbers))
    for row in rows:
        left, right = (", ".join(names[item] for item in row[side]) for side in ("antecedent", "consequent"))
        found.add_row(row["change"], left, right, *_then_and_now(row))
    return found


def _then_and_now(row: Row) -> Iterator[str]:
    for name, form in (("rank", ","), ("freq", ","), ("adjusted_lift", ".1f"), ("q", ".1g")):
        then, now = (f"{value:{form}}" if value is not None else "-" for value in (row[f"{name}_before"], row[name]))
        yield f"{then} -> {now}"


def _refuse_unfitted(store: Store) -> None:
    """Raises MissingInputError when no train_als has ended well: there is nothing to renew."""
    if last_run(store, ["train_als"]) is None:
        raise MissingInputError(f"{tables.RUNS}: no finished run of train_als to go on from; `basketry run` first")
