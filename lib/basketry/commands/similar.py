"""`basketry similar` and `basketry score`."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import typer
from pyspark.sql import Row
from pyspark.sql import functions as F
from rich.console import Console
from rich.text import Text

from basketry import tables
from basketry.commands.options import Assign, Config, flags, open_lake
from basketry.commands.tables import find_item, grid
from basketry.embeddings.answers import Association, Vectors, association
from basketry.embeddings.pairs.answers import chance_of, log_lift, pair_head_of
from basketry.errors import MissingInputError, SettingsError
from basketry.tables.store import Store

HELP = "An item_id, or a name or part of one that only one item with a vector has"
ITEM = typer.Argument(metavar="ITEM", help=HELP)
FIRST = typer.Argument(metavar="A", help=f"The item in the cart: {HELP[0].lower()}{HELP[1:]}")
SECOND = typer.Argument(metavar="B", help="The item that might complete it, named likewise")
SHARED = ("type", "category", "department")


def similar(item: Annotated[str, ITEM], config: Config = None, assign: Assign = None) -> None:
    """Print the items whose vectors lie nearest to an item's, what they share with it, and how often both sold."""
    store, console = _opened(config, assign)
    asked = _known(store, item)
    _say_who(console, asked)
    found = store.read(tables.ITEM_NEIGHBOURS).where(F.col("item_id") == asked["item_id"]).orderBy("position").collect()
    others = {row["item_id"]: row for row in _described(store, [row["neighbour_item_id"] for row in found])}
    pairs = _pairs(store, asked["item_id"])
    headings = ("", "nearest", "cosine", "shares its", "baskets with both", "expected")
    shown = grid(*headings, right={"", "cosine", "baskets with both", "expected"})
    for row in found:
        other = row["neighbour_item_id"]
        pair = pairs.get(other)
        counts = (f"{pair['n_ab']:,}", f"{pair['expected']:,.1f}") if pair else ("-", "-")
        # As Text: a name may look like markup.
        name = Text(f"{others[other]['name']} ({other})")
        shown.add_row(str(row["position"]), name, f"{row['similarity']:.3f}", _shared(asked, others[other]), *counts)
    console.print(shown)
    console.print(
        "\nnear: bought in baskets of the same kind, not always in the same basket; -: too few to be in a pair"
    )


def score(a: Annotated[str, FIRST], b: Annotated[str, SECOND], config: Config = None, assign: Assign = None) -> None:
    """Print how well item B completes a cart of item A by their vectors, the other way round, and what was counted."""
    store, console = _opened(config, assign)
    one, other = _known(store, a), _known(store, b)
    if one["item_id"] == other["item_id"]:
        raise SettingsError(f"{a} and {b} are one item, {one['item_id']}; give two")
    for each in (one, other):
        _say_who(console, each)
    for line in lines_of(store, one, other):
        console.print(line, markup=False)


def lines_of(store: Store, one: Row, other: Row) -> Iterator[str]:
    """What is said of two items."""
    known = store.read(tables.ITEM_EMBEDDINGS).orderBy("item_id").toPandas()
    columns = (np.stack(list(known["vector_in"])), np.stack(list(known["vector_out"])), known["bias"].to_numpy())
    at = {item: place for place, item in enumerate(known["item_id"])}
    places = at[one["item_id"]], at[other["item_id"]]
    near = columns[0][list(places)]
    yield _placed(one, other, association(Vectors(*columns), *places))
    yield _placed(other, one, association(Vectors(*columns), *places[::-1]))
    yield f"cosine of their vectors: {near[0] @ near[1] / np.maximum(np.prod(np.linalg.norm(near, axis=1)), 1e-12):.3f}"
    yield from _by_pair_head(store, one["item_id"], other["item_id"])
    pair = _pairs(store, one["item_id"]).get(other["item_id"])
    if pair is None:
        yield "counted: not in gold.pairs, too few baskets have both or would by chance"
        return
    lift = "" if pair["adjusted_lift"] is None else f", {pair['adjusted_lift']:.2f} times as many"
    beyond = f"{'beyond' if pair['is_significant'] else 'may be'} chance (q {pair['q']:.2g})"
    yield f"counted: {pair['n_ab']:,} baskets with both, {pair['expected']:,.1f} expected{lift}: {beyond}"


def _known(store: Store, item: str) -> Row:
    """The item with a vector: item_id, name, bias, is_cold and what items share."""
    named = store.read(tables.ITEM_EMBEDDINGS).select("item_id", "bias", "is_cold")
    named = named.join(store.read(tables.ITEMS).select("item_id", "name", *SHARED), on="item_id", how="left")
    missing = (
        f"{tables.ITEM_EMBEDDINGS} has no such item: it needs embeddings.min_count baskets, or embeddings.features"
    )
    return find_item(named, item, "bias", missing)


def _opened(config: list[str] | None, assign: list[str] | None) -> tuple[Store, Console]:
    store = open_lake(flags(config, assign)).store
    if not store.exists(tables.ITEM_EMBEDDINGS):
        raise MissingInputError(f"{tables.ITEM_EMBEDDINGS}: not there; run it: basketry run train_embeddings")
    return store, Console(highlight=False)


def _say_who(console: Console, item: Row) -> None:
    cold = ": too seldom sold to be learnt, by its features" if item["is_cold"] else ""
    console.print(f"{item['name']} ({item['item_id']}){cold}", style="bold", markup=False)


def _described(store: Store, items: list[str]) -> list[Row]:
    return store.read(tables.ITEMS).where(F.col("item_id").isin(items)).select("item_id", "name", *SHARED).collect()


def _shared(one: Row, other: Row) -> str:
    """The finest of type, category and department that both have."""
    return next((level for level in SHARED if one[level] and one[level] == other[level]), "-")


def _pairs(store: Store, item: str) -> dict[str, Any]:
    """Rows of gold.pairs of the item, by the other item; none where rules were not mined."""
    if not store.exists(tables.PAIRS):
        return {}
    either = (F.col("item_a") == item) | (F.col("item_b") == item)
    found = store.read(tables.PAIRS).where((F.col("level") == "item") & either).collect()
    return {row["item_b"] if row["item_a"] == item else row["item_a"]: row for row in found}


def _by_pair_head(store: Store, *pair: str) -> Iterator[str]:
    """Its line, where it was trained and knows both items."""
    if not all(store.exists(table) for table in (tables.PAIR_VECTORS, tables.PAIR_HEAD)):
        return
    vectors = store.read(tables.PAIR_VECTORS).where(F.col("item_id").isin(list(pair)))
    head = pair_head_of(vectors.toPandas(), store.read(tables.PAIR_HEAD).toPandas())
    if head and len(head.items) == len(pair):
        (lift,) = log_lift(head, pair[:1], pair[1:])
        yield (
            f"pair head: in one basket {np.exp(lift):.2f} times as often as by chance "
            f"(met, not drawn apart: {chance_of(lift):.3f} at even odds)"
        )


def _placed(one: Row, other: Row, found: Association) -> str:
    return (
        f"in a cart of {one['name']}, {other['name']} is number {found.place:,} of {found.n:,} "
        f"(score {found.score:.2f}), "
        f"and number {found.place_by_pull:,} beyond how popular each is ({found.pull:.2f})"
    )
