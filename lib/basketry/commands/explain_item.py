"""`basketry explain`."""

import json
from typing import Annotated

import typer
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import grid
from basketry.config import Settings
from basketry.errors import MissingInputError, SettingsError
from basketry.job import within
from basketry.recommend.als import Factors
from basketry.recommend.explain import Explained, explain
from basketry.recommend.facts import Evidence
from basketry.recommend.published import published
from basketry.recommend.recommend import lists_of, terms_of, user_cases
from basketry.recommend.weights import as_of_day
from basketry.runs import last_done
from basketry.tables import Table
from basketry.tables.recommend import ANYONE
from basketry.tables.store import Store

USER = typer.Option("--user", metavar="ID", help="The user; one never seen is answered as everyone never seen is")
ITEM = typer.Option("--item", metavar="ID", help="Any item that was ever sold, in a list of the user or not")


def explain_item(
    user: Annotated[str, USER], item: Annotated[str, ITEM], config: Config = None, assign: Assign = None
) -> None:
    """Say why a user is recommended an item, or why not: each source's part, its evidence, the item's place."""
    store = open_lake(flags(config, assign)).store
    name = _item_name(store, item)
    run = _last_run(store)
    found = _explained(store, run, user, item)
    console = Console(highlight=False)
    console.print(f"{name} ({item}) for user {user}\n", style="bold", markup=False)
    if store.read(tables.USERS).where(F.col("user_id") == user).isEmpty():
        console.print(f"{tables.USERS} has no user {user}: this is what a user never seen is told", markup=False)
    if found is None:
        console.print("nobody bought it in the days that were learnt from, so that no list can hold it")
        return
    console.print(_parts(found))
    for line in _verdict(store, found, user, item, Settings.model_validate(json.loads(run["settings"]))):
        console.print(line, markup=False)


def _explained(store: Store, run: Row, user: str, item: str) -> Explained | None:
    """From the tables of the run that made the lists; None for an item that was not sold in its days."""
    settings = Settings.model_validate(json.loads(run["settings"]))
    baskets, interactions = (
        within(_as_read(store, run, table), table, run["from_on"], run["to_on"])
        for table in (tables.BASKETS, tables.INTERACTIONS)
    )
    items, pairs = (_as_read(store, run, table) for table in (tables.ITEMS, tables.PAIRS))
    factors = Factors(store.read(tables.USER_FACTORS), store.read(tables.ITEM_FACTORS))
    learnt = published(
        interactions,
        items,
        factors,
        store.read(tables.ITEM_AFFINITIES),
        settings.recommend,
        as_of=as_of_day(interactions, run["to_on"]),
    )
    if item not in learnt.catalogue.index:
        return None
    evidence = Evidence(baskets, interactions, items, pairs, store.read(tables.EXCLUDED_ITEMS))
    asked = store.spark.createDataFrame([(user,)], "user_id string")
    case = user_cases(asked, learnt, evidence).toPandas()
    blends = lists_of(learnt, settings.recommend, seed=settings.seed)
    return explain(case, blends, learnt.catalogue, terms_of(learnt, evidence, settings.recommend), item)


def _last_run(store: Store) -> Row:
    """The run that made lists last. Raises MissingInputError without one."""
    run = last_done(store.read(tables.RUNS), ("train_als", "fold_in_users"))
    if run is None:
        raise MissingInputError(f"{tables.RUNS}: no finished run of train_als; run it: basketry run train_als")
    return run


def _item_name(store: Store, item: str) -> str:
    found = store.read(tables.ITEMS).where(F.col("item_id") == item).first()
    if found is None:
        raise SettingsError(f"--item {item}: {tables.ITEMS} has no such item; `basketry show items` lists them")
    return str(found["name"])


def _as_read(store: Store, run: Row, table: Table) -> DataFrame:
    return store.read(table, run["input_versions"].get(str(table)))


def _parts(found: Explained) -> Grid:
    shown = grid("source", "adds", "why", right={"adds"})
    for source, added in sorted(found.added.items(), key=lambda part: -part[1]):
        shown.add_row(source, f"{added:.4f}", Text(found.reasons[source] or ("-" if added else "nothing to say of it")))
    shown.add_row("score", f"{found.score:.4f}", "")
    return shown


def _verdict(store: Store, found: Explained, user: str, item: str, settings: Settings) -> list[str]:
    """Where it stands, and whether the user's lists have it."""
    rows = store.read(tables.RECOMMENDATIONS).where(F.col("user_id").isin(user, ANYONE) & (F.col("item_id") == item))
    listed = rows.orderBy(F.desc("user_id")).first()
    bought = "bought before" if found.list == "repeat" else "not bought before"
    said = [f"\n{bought}: it belongs in the {found.list} list, where its score is number {found.position}"]
    rules = [row["rule"] for row in _rules(store, item)] if "excluded" in found.closed else found.closed
    said += [f"kept out by recommend.lists.{rule}" for rule in rules]
    if listed is not None and not rules:
        return [*said, f"listed: gold.recommendations has it at position {listed['position']}"]
    if not rules and found.position > settings.recommend.top_n:
        said.append(f"not listed: lists have the best {settings.recommend.top_n} (recommend.top_n)")
    return said


def _rules(store: Store, item: str) -> list[Row]:
    return store.read(tables.EXCLUDED_ITEMS).where(F.col("item_id") == item).orderBy("rule").collect()
